import { createHash } from 'node:crypto';
import { cp, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { cachedFolder } from '../../infra/local/native/cache.ts';
import type { NativeContext } from '../../infra/local/native/tools.ts';
import { withProgress } from '../../infra/local/native/tools.ts';
import type { TableSet } from '../sets/table-set.ts';
import { type BenchMysql, startBenchServer } from './bench-server.ts';
import {
  DATA,
  loadRecordedStream,
  MANIFEST,
  type RecordedStream,
  type StreamManifest,
} from './recorded-stream.ts';

export interface StreamRequest {
  readonly set: TableSet;
  readonly rows: number;
  readonly server: BenchMysql;
}

/** The stream of a request: recorded at the first time, then kept in the cache folder. */
export async function recordedStream(
  context: NativeContext,
  request: StreamRequest,
): Promise<RecordedStream> {
  const folder = await cachedFolder(context.cache, cacheName(request), context.log, (unfinished) =>
    withProgress(context.log, `recording ${request.rows} rows of the set ${request.set.name}`, () =>
      record(context, request, unfinished),
    ),
  );
  return await loadRecordedStream(folder);
}

/** Another SQL is another stream. */
function cacheName({ set, rows, server }: StreamRequest): string {
  const sql = [...set.setup, ...set.work(rows)].join(';\n');
  const digest = createHash('sha256').update(sql).digest('hex').slice(0, 8);
  return `bench-${set.name}-${rows}-${server}-${digest}`;
}

async function record(context: NativeContext, request: StreamRequest, folder: string): Promise<void> {
  const server = await startBenchServer(context, request.server);
  try {
    const connection = await createConnection({ ...server.address, charset: 'utf8mb4' });
    const manifest = await fill(connection, request).finally(() => connection.end());
    const files = await Promise.all(
      manifest.files.map(async ({ name }) => {
        const { size } = await stat(join(server.dataFolder, name));
        return { name, bytes: size };
      }),
    );
    await server.stop('SIGTERM');
    await cp(server.dataFolder, join(folder, DATA), { recursive: true });
    await writeFile(join(folder, MANIFEST), `${JSON.stringify({ ...manifest, files }, null, 2)}\n`);
  } finally {
    await server.stop('SIGKILL');
  }
}

async function fill(connection: Connection, { set, rows, server }: StreamRequest): Promise<StreamManifest> {
  await connection.query('CREATE DATABASE bench CHARACTER SET utf8mb4');
  await connection.query('USE bench');
  for (const statement of set.setup) await connection.query(statement);
  await connection.query('SET @inserted = 0, @updated = 0, @deleted = 0');
  await connection.query('FLUSH BINARY LOGS');
  const [about] = await select(
    connection,
    'SELECT VERSION() AS version, @@server_uuid AS uuid, @@global.gtid_executed AS gtids',
  );
  const first = await lastPosition(connection);
  for (const statement of set.work(rows)) await connection.query(statement);
  const end = await lastPosition(connection);
  await connection.query('FLUSH BINARY LOGS');
  const [counts] = await select(
    connection,
    'SELECT @inserted + 0 AS inserted, @updated + 0 AS updated, @deleted + 0 AS deleted',
  );
  const listed = await select(connection, 'SHOW BINARY LOGS');
  const names = listed.map((row) => String(row.Log_name));
  // The rows are not needed any more, only that the tables are there.
  await connection.query('SET sql_log_bin = 0');
  for (const table of set.tables) await connection.query(`TRUNCATE TABLE ${table}`);
  return {
    set: set.name,
    server,
    serverVersion: String(about?.version),
    serverUuid: String(about?.uuid),
    inserted: Number(counts?.inserted),
    updated: Number(counts?.updated),
    deleted: Number(counts?.deleted),
    files: names.filter((name) => name >= first.file && name <= end.file).map((name) => ({ name, bytes: 0 })),
    gtidSetBefore: String(about?.gtids ?? ''),
    end,
  };
}

async function lastPosition(connection: Connection): Promise<StreamManifest['end']> {
  const [row] = await select(connection, 'SHOW BINARY LOG STATUS').catch(() =>
    select(connection, 'SHOW MASTER STATUS'),
  );
  return { file: String(row?.File), position: Number(row?.Position) };
}

async function select(connection: Connection, sql: string): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return rows;
}
