import { constants } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { MysqlAddress, MysqlName } from '../addresses.ts';
import { ServersError } from '../provider.ts';
import type { SupervisedProgram } from '../supervisor.ts';
import { cachedFolder } from './cache.ts';
import { lastLines, type NativeContext, runTool } from './tools.ts';

/** A server program that lies ready in the cache. */
export interface MysqlProgram {
  readonly name: MysqlName;
  readonly version: string;
  /** The program, behind its own dynamic loader where it needs one. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Where its files are, and what its data folder must be made and run with alike. */
  readonly options: readonly string[];
  /** What only the running server takes. */
  readonly serverOptions: readonly string[];
  /** How an empty data folder is made, where `--initialize-insecure` is not how. */
  readonly initialise?: (context: NativeContext, program: MysqlProgram, dataFolder: string) => Promise<void>;
}

const READY_WITHIN_MS = 120_000;

const COMMON = [
  '--bind-address=127.0.0.1',
  // Relative to the data folder: a socket's whole path must not pass 107 bytes.
  '--socket=mysql.sock',
  '--pid-file=mysqld.pid',
  '--log-bin=binlog',
  '--binlog-format=ROW',
  '--binlog-row-image=FULL',
  '--character-set-server=utf8mb4',
  '--max-allowed-packet=256M',
  '--innodb-buffer-pool-size=64M',
  // The system's number of AIO contexts is small and shared by all servers of a machine.
  '--innodb-use-native-aio=0',
  // Safe over a killed server, not over a power cut; this data is thrown away anyway.
  '--innodb-flush-log-at-trx-commit=2',
  '--sync-binlog=0',
  '--secure-file-priv=',
];

/** One native MySQL or MariaDB: a data folder of its own, one port for its whole life. */
export class MysqlServer {
  readonly address: MysqlAddress;
  readonly #context: NativeContext;
  readonly #program: MysqlProgram;
  readonly #folder: string;
  readonly #more: readonly string[];
  #process: SupervisedProgram | undefined;

  constructor(context: NativeContext, program: MysqlProgram, port: number, more: readonly string[]) {
    this.#context = context;
    this.#program = program;
    this.#folder = join(context.folder, `${program.name}-${port}`);
    this.#more = more;
    this.address = { host: '127.0.0.1', port, user: 'root', password: '' };
  }

  /** Fills the data folder from the given one, else from the template, which is made once and kept in the cache. */
  async prepare(from?: string): Promise<void> {
    const template = from ?? (await dataTemplate(this.#context, this.#program));
    await mkdir(this.#folder);
    await cp(template, this.dataFolder, { recursive: true, mode: constants.COPYFILE_FICLONE });
    // the server uuid: each server makes its own, unless it is to be the given one
    if (from === undefined) await rm(join(this.dataFolder, 'auto.cnf'), { force: true });
  }

  async start(): Promise<void> {
    const [program, ...args] = [...this.#program.command, ...serverArgs(this.#program, this.dataFolder)];
    const { port } = this.address;
    this.#process = await this.#context.supervisor.start({
      program,
      args: [...args, `--port=${port}`, `--server-id=${port}`, ...this.#program.serverOptions, ...this.#more],
      cwd: this.#folder,
      env: { ...this.#context.env, ...this.#program.env },
      logFile: this.#logFile,
    });
    await this.#ready(this.#process);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#process?.signal(signal);
    await this.#process?.exited;
  }

  get dataFolder(): string {
    return join(this.#folder, 'data');
  }

  get #logFile(): string {
    return join(this.#folder, 'server.log');
  }

  async #ready(process: SupervisedProgram): Promise<void> {
    const { host, port, user, password } = this.address;
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
      if (!process.running()) break;
      const connection = await createConnection({ host, port, user, password, connectTimeout: 5_000 }).catch(
        () => undefined,
      );
      if (connection === undefined) continue;
      await connection.end().catch(() => {});
      return;
    }
    const { name, version } = this.#program;
    throw new ServersError(
      `${name} (${version}) did not get ready on port ${port}:\n${await lastLines(this.#logFile)}`,
    );
  }
}

async function dataTemplate(context: NativeContext, program: MysqlProgram): Promise<string> {
  const name = `${program.name === 'mariadb' ? 'mariadb' : 'mysql'}-${program.version}-data`;
  return await cachedFolder(context.cache, name, context.log, async (folder) => {
    context.log(`making an empty data folder for ${program.name} (${program.version})`);
    const { initialise } = program;
    if (initialise !== undefined) {
      await initialise(context, program, folder);
      return;
    }
    const [file, ...args] = [...program.command, ...serverArgs(program, folder), '--initialize-insecure'];
    await runTool(context, file, [...args, '--skip-log-bin'], `${program.name} --initialize-insecure`, {
      env: program.env,
    });
  });
}

/** The options that the making of a data folder and the server itself share. */
export function serverArgs(program: MysqlProgram, dataFolder: string): string[] {
  const user = userInfo().username;
  return ['--no-defaults', `--user=${user}`, `--datadir=${dataFolder}`, ...program.options, ...COMMON];
}
