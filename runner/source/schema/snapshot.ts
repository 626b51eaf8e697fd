import type { MysqlSession } from '../../../core/mysql/session.ts';
import { type BinlogPosition, comparePositions } from '../../../core/position.ts';
import type { TableName } from '../ddl/table-name.ts';
import type { DdlAhead } from '../ddl-ahead.ts';
import type { Known } from './catalog.ts';
import { readDatabases, readTables } from './read-tables.ts';

/** Every table of a server as of one place in its binlog. */
export interface Snapshot {
  readonly asOf: BinlogPosition;
  readonly tables: readonly { readonly name: TableName; readonly table: Known }[];
  readonly databases: readonly (readonly [string, string])[];
}

const TRIES = 3;

/**
 * Reads the schema without a lock: the log between before and after tells which tables were changed meanwhile.
 * When statements keep coming, those tables stay unknown.
 */
export async function takeSnapshot(session: MysqlSession, ahead: DdlAhead): Promise<Snapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const asOf = await session.currentPosition();
    const query = (sql: string, params: readonly unknown[]) => session.query(sql, params);
    const databases = [...(await readDatabases(query))];
    const tables = [...(await readTables(query, null)).values()];
    const after = await session.currentPosition();
    const place = { file: asOf.file, position: asOf.position };
    if (comparePositions(asOf, after) === 0) return { asOf: place, tables, databases };
    const named = await Promise.all(
      tables.map(async (entry) => ({ entry, touched: await ahead.names(entry.name, place, after) })),
    );
    if (attempt < TRIES && named.some(({ touched }) => touched)) continue;
    const settled = named.map(({ entry, touched }) =>
      touched ? { name: entry.name, table: 'unknown' as const } : entry,
    );
    return { asOf: place, tables: settled, databases };
  }
}
