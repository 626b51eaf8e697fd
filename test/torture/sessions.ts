/** Runs the statements of a case, on sessions by name. */
import { Readable } from 'node:stream';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlAddress } from '../support/servers.ts';
import type { Direction, Step, TortureCase } from './parse-cases.ts';

/** What a case may write to. */
export const DATABASES = ['tt', 'tt2', 'tt3'] as const;
/** Marks in the stream, where one case ends and the next begins. */
export const MARKS = 'ttmark';

export class Sessions {
  readonly #address: MysqlAddress;
  readonly #open = new Map<string, Connection>();
  #charset = 'utf8mb4';
  #file = '';

  constructor(address: MysqlAddress) {
    this.#address = address;
  }

  async #session(name: string, useDatabase: boolean): Promise<Connection> {
    const found = this.#open.get(name);
    if (found !== undefined) return found;
    const { host, port, user, password } = this.#address;
    const connection = await createConnection({
      host,
      port,
      user,
      password,
      charset: this.#charset === 'gbk' ? 'gbk_chinese_ci' : 'utf8mb4_general_ci',
      infileStreamFactory: () => Readable.from([Buffer.from(this.#file)]),
    });
    await connection.query("SET time_zone = '+00:00'");
    if (useDatabase) await connection.query('USE tt');
    this.#open.set(name, connection);
    return connection;
  }

  async close(): Promise<void> {
    for (const connection of this.#open.values()) await connection.end().catch(() => undefined);
    this.#open.clear();
  }

  /** One statement outside of all cases. */
  async admin(sql: string): Promise<RowDataPacket[]> {
    const connection = await this.#session('admin', false);
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  }

  async prepare(item: TortureCase): Promise<void> {
    await this.close();
    this.#charset = 'utf8mb4';
    for (const { data } of await this.admin('XA RECOVER')) await this.admin(`XA ROLLBACK '${data}'`);
    for (const database of DATABASES) await this.admin(`DROP DATABASE IF EXISTS ${database}`);
    await this.admin('CREATE DATABASE tt CHARACTER SET utf8mb4 COLLATE utf8mb4_bin');
    await this.run(item.setup, () => Promise.resolve());
  }

  async mark(id: number): Promise<void> {
    await this.admin(`INSERT INTO ${MARKS}.m VALUES (${id})`);
  }

  /** Fails where a statement does what it must not, and says which. */
  async run(steps: readonly Step[], direct: (direction: Direction) => Promise<void>): Promise<void> {
    let name = 'a';
    let refused = false;
    for (const step of steps) {
      switch (step.kind) {
        case 'sql':
          await this.#execute(name, step.sql, refused);
          refused = false;
          break;
        case 'session':
          name = step.value;
          break;
        case 'charset':
          await this.#reopen(name, step.value);
          break;
        case 'file':
          this.#file = step.value;
          break;
        case 'refused':
          refused = true;
          break;
        default:
          if (step.kind === 'restart-server') await this.close();
          await direct(step.kind);
      }
    }
  }

  async #execute(name: string, sql: string, refused: boolean): Promise<void> {
    const connection = await this.#session(name, true);
    const error = await connection.query(sql).then(
      () => null,
      (failure: unknown) => failure,
    );
    if ((error !== null) === refused) return;
    const what = error instanceof Error ? error.message : 'no error';
    throw new Error(`the case itself: ${what} from ${sql.slice(0, 100)}`);
  }

  async #reopen(name: string, charset: string): Promise<void> {
    await this.#open.get(name)?.end();
    this.#open.delete(name);
    this.#charset = charset;
  }
}
