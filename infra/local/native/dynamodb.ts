import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServersError } from '../provider.ts';
import type { SupervisedProgram } from '../supervisor.ts';
import { cachedFolder } from './cache.ts';
import { copyJars } from './maven.ts';
import { lastLines, type NativeContext, requirePrograms } from './tools.ts';

const VERSION = '2.6.1';
const READY_WITHIN_MS = 60_000;

/** DynamoDB Local in memory: its data is gone after a restart. */
export class DynamodbServer {
  readonly address: { readonly endpoint: string };
  readonly #context: NativeContext;
  readonly #port: number;
  readonly #folder: string;
  #jars = '';
  #process: SupervisedProgram | undefined;

  constructor(context: NativeContext, port: number) {
    this.#context = context;
    this.#port = port;
    this.#folder = join(context.folder, `dynamodb-${port}`);
    this.address = { endpoint: `http://127.0.0.1:${port}` };
  }

  async prepare(): Promise<void> {
    this.#jars = await dynamodbJars(this.#context);
    await mkdir(this.#folder);
  }

  async start(): Promise<void> {
    const native = join(this.#jars, 'native');
    const main = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
    this.#process = await this.#context.supervisor.start({
      program: 'java',
      args: [
        '-Xmx256m',
        '-XX:+UseSerialGC',
        `-Djava.library.path=${native}`,
        `-Dsqlite4java.library.path=${native}`,
        '-cp',
        join(this.#jars, '*'),
        main,
        ...['-port', String(this.#port), '-inMemory', '-sharedDb', '-disableTelemetry'],
      ],
      cwd: this.#folder,
      env: this.#context.env,
      logFile: this.#logFile,
    });
    await this.#ready(this.#process);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#process?.signal(signal);
    await this.#process?.exited;
  }

  get #logFile(): string {
    return join(this.#folder, 'server.log');
  }

  async #ready(process: SupervisedProgram): Promise<void> {
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
      if (!process.running()) break;
      // Any answer will do: without a signed body it is an HTTP 400.
      const answer = await fetch(this.address.endpoint, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer !== undefined) return;
    }
    throw new ServersError(
      `DynamoDB Local did not get ready on port ${this.#port}:\n${await lastLines(this.#logFile)}`,
    );
  }
}

async function dynamodbJars(context: NativeContext): Promise<string> {
  await requirePrograms(context, ['java']);
  return await cachedFolder(context.cache, `dynamodb-local-${VERSION}`, context.log, async (folder) => {
    const artifacts = [{ groupId: 'com.amazonaws', artifactId: 'DynamoDBLocal', version: VERSION }];
    await copyJars(context, artifacts, folder, `fetching DynamoDB Local ${VERSION} through Maven`);
    await mkdir(join(folder, 'native'));
    for (const file of await readdir(folder)) {
      if (/^libsqlite4java.*\.(so|dylib)$/.test(file)) {
        await copyFile(join(folder, file), join(folder, 'native', file));
      }
    }
  });
}
