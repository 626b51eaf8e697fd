/** Rounds on one server: written, streamed, replayed and compared. */
import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { connectMysql } from '../../core/mysql/session.ts';
import { targetOf } from '../support/binlog-rows.ts';
import { type Exact, ExactNumber, parseExact } from '../support/exact-json.ts';
import { runStream } from '../support/run-stream.ts';
import type { MysqlAddress, MysqlName } from '../support/servers.ts';
import { serverOf } from './column-type.ts';
import { tableDifferences } from './compare.ts';
import type { Quirks } from './kinds.ts';
import { Replay, type Row } from './replay.ts';
import { makeRound, type Round, roundSeed } from './round.ts';
import { moves } from './statements.ts';
import { Writer, type Written } from './writer.ts';

export interface Difference {
  readonly round: Round;
  readonly problems: readonly string[];
}

export interface Outcome {
  readonly differences: readonly Difference[];
  readonly rounds: number;
  /** Rounds whose table the server refused. */
  readonly withoutTable: number;
  readonly messages: number;
  readonly statements: number;
  readonly refused: number;
  readonly snapshots: number;
}

export interface Batch {
  readonly name: MysqlName;
  readonly address: MysqlAddress;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** binlog_row_metadata: MINIMAL leaves the columns to the statements in the log. MySQL 5.7 has no other. */
  readonly metadata: 'FULL' | 'MINIMAL';
}

function member(value: Exact | undefined, name: string): Exact {
  return value instanceof Map ? ((value.get(name) as Exact | undefined) ?? null) : null;
}

const text = (value: Exact): string => (typeof value === 'string' ? value : '');
const rowOf = (value: Exact): Row | null => (value instanceof Map ? value : null);

/** Everything that the messages of a batch say about its rounds. */
class Checker {
  readonly #rounds: ReadonlyMap<
    string,
    { readonly number: number; readonly replay: Replay; readonly round: Round }
  >;
  readonly #written: Written;
  readonly #quirks: Quirks;
  readonly #problems = new Map<number, string[]>();
  #lastId = '';
  messages = 0;
  marks = 0;

  constructor(rounds: ReadonlyMap<number, Round>, written: Written, quirks: Quirks) {
    this.#rounds = new Map(
      [...rounds].map(([number, round]) => {
        const replay = new Replay(round.table, round.fullImages, moves(round.units));
        return [round.table.name, { number, replay, round }];
      }),
    );
    this.#written = written;
    this.#quirks = quirks;
  }

  problemsOf(number: number): readonly string[] {
    return this.#problems.get(number) ?? [];
  }

  #note(number: number, problems: readonly string[]): void {
    if (problems.length > 0) this.#problems.set(number, [...this.problemsOf(number), ...problems]);
  }

  take(line: string): void {
    const message = parseExact(line);
    const value = member(message, 'value');
    const action = text(member(value, 'action'));
    const table = text(member(value, 'table'));
    const id = text(member(value, 'id'));
    if (table === 'marks' && action === 'insert') this.#mark(member(value, 'after'));
    const round = this.#rounds.get(table);
    if (round === undefined) return;
    this.messages += 1;
    const { number, replay } = round;
    if (id <= this.#lastId) this.#note(number, [`id ${id} comes after ${this.#lastId}`]);
    this.#lastId = id;
    if (action === 'truncate') replay.truncate();
    if (action !== 'insert' && action !== 'update' && action !== 'delete') return;
    const key = rowOf(member(message, 'key')) ?? new Map();
    const before = rowOf(member(value, 'before'));
    const after = rowOf(member(value, 'after'));
    this.#note(number, replay.apply({ action, id, key, before, after }));
  }

  /** The log has come to where a table was looked at. */
  #mark(row: Exact): void {
    const id = member(row, 'id');
    const snapshot = this.#written.snapshots.get(id instanceof ExactNumber ? Number(id.text) : 0);
    if (snapshot === undefined) return;
    this.marks += 1;
    for (const { number, replay, round } of this.#rounds.values()) {
      if (number !== snapshot.round || this.problemsOf(number).length > 0) continue;
      this.#note(number, tableDifferences(round.table, replay.rows, snapshot.rows, this.#quirks));
    }
  }
}

const urlOf = ({ host, port, user, password }: MysqlAddress): string =>
  `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;

async function position(address: MysqlAddress): Promise<string> {
  const session = await connectMysql(targetOf(address));
  const { file, position: at } = await session.currentPosition();
  await session.end();
  return `${file}:${at}`;
}

async function write(batch: Batch, database: string, rounds: ReadonlyMap<number, Round>): Promise<Written> {
  const writer = await Writer.open(batch.address, database);
  const compress = batch.first % 3 === 0 ? 'ON' : 'OFF';
  try {
    if (batch.name !== 'mysql57') await writer.set(`binlog_row_metadata = ${batch.metadata}`);
    if (batch.name === 'mariadb')
      await writer.set(`log_bin_compress = ${compress}, GLOBAL log_bin_compress_min_len = 10`);
    for (const [number, round] of rounds) await writer.run(round, number);
    return writer.written();
  } finally {
    if (batch.name === 'mariadb') await writer.set('log_bin_compress = OFF');
    await writer.close();
  }
}

/** The setting of the log stays until it is read: a stream goes by what the server says then. */
async function cleanUp({ address, name }: Batch, database: string): Promise<void> {
  const { host, port, user, password } = address;
  const connection = await createConnection({ host, port, user, password });
  await connection.query(`DROP DATABASE IF EXISTS ${database}`);
  if (name !== 'mysql57') await connection.query('SET GLOBAL binlog_row_metadata = FULL');
  await connection.end();
}

async function stream(batch: Batch, database: string, start: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runStream([
    '--source',
    urlOf(batch.address),
    '--database',
    database,
    '--start',
    start,
    '--until',
    'now',
    '--with-key',
  ]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (code === 0) return lines;
  throw new Error(
    `the stream failed after ${lines.length} messages: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`,
  );
}

export async function checkRounds(batch: Batch): Promise<Outcome> {
  const server = serverOf(batch.name);
  const numbers = Array.from({ length: batch.count }, (_item, index) => batch.first + index);
  const rounds = new Map(
    numbers.map((number) => [number, makeRound(server, roundSeed(batch.seed, number), number)]),
  );
  const database = `oracle_${randomBytes(4).toString('hex')}`;
  const start = await position(batch.address);
  try {
    const written = await write(batch, database, rounds);
    const lines = await stream(batch, database, start);
    const checker = new Checker(rounds, written, {
      wholeDoubles: batch.name === 'mysql57',
      hidesZeroSign: server.flavor === 'mariadb',
    });
    for (const line of lines) checker.take(line);
    if (checker.marks !== written.snapshots.size) {
      throw new Error(`${written.snapshots.size} marks were written, ${checker.marks} came`);
    }
    const differences = [...rounds].flatMap(([number, round]) => {
      const problems = checker.problemsOf(number);
      return problems.length === 0 ? [] : [{ round, problems }];
    });
    return {
      differences,
      rounds: written.made.size,
      withoutTable: rounds.size - written.made.size,
      messages: checker.messages,
      statements: written.statements,
      refused: written.refused,
      snapshots: checker.marks,
    };
  } finally {
    await cleanUp(batch, database);
  }
}
