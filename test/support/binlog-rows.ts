/** What a real server writes into its binlog, decoded: for tests that compare it with what the server selects. */
import { eachEvent } from '../../core/event-runs.ts';
import { openDump } from '../../core/mysql/dump.ts';
import { connectMysql, type MysqlSession } from '../../core/mysql/session.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import type { BinlogPosition } from '../../core/position.ts';
import type { BinlogEvent, RowsEvent } from '../../runner/binlog/event.ts';
import { BinlogParser } from '../../runner/binlog/parser.ts';
import { needsDefinition, resolveShape } from '../../runner/binlog/resolve-shape.ts';
import { decodeRows } from '../../runner/binlog/row-decoder.ts';
import type { DecodedRow, TableShape } from '../../runner/binlog/table-shape.ts';
import { encodeValue } from '../../runner/format/value.ts';
import { definitionOf } from '../../runner/source/schema/catalog-table.ts';
import { readTables } from '../../runner/source/schema/read-tables.ts';
import type { MysqlAddress } from './servers.ts';

export const targetOf = (address: MysqlAddress): MysqlTarget => ({ ...address, tls: { kind: 'off' } });

export interface LoggedRow extends DecodedRow {
  readonly event: RowsEvent;
  readonly shape: TableShape;
}

/** Values by column name as JSON text; columns that are not in the image are left out. */
export function imageTexts(shape: TableShape, image: DecodedRow['after']): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [index, column] of shape.columns.entries()) {
    const value = image?.[index];
    if (value !== undefined) texts[column.name] = encodeValue(column, value);
  }
  return texts;
}

async function shapeOf(event: RowsEvent, session: MysqlSession): Promise<TableShape> {
  const { flavor } = await session.facts();
  const { map } = event;
  if (needsDefinition(map, flavor) === 'no') return resolveShape(map, null, flavor);
  const tables = await readTables((sql, params) => session.query(sql, params), map);
  const known = [...tables.values()][0]?.table ?? 'unknown';
  const definition = known === 'unknown' ? null : definitionOf(map.database, map.table, known);
  return resolveShape(map, definition, flavor);
}

/** The rows of a database that were logged from a position on. */
export async function rowsSince(
  address: MysqlAddress,
  database: string,
  from: BinlogPosition,
): Promise<LoggedRow[]> {
  const target = targetOf(address);
  const session = await connectMysql(target);
  const { flavor } = await session.facts();
  const dump = await openDump({
    target,
    flavor,
    serverId: 900_000 + process.pid,
    from: { kind: 'position', ...from },
    heartbeatMs: 5_000,
    stopAtEnd: true,
  });
  const parser = new BinlogParser({ verifyChecksum: true, flavor });
  const rows: LoggedRow[] = [];
  const take = async (event: BinlogEvent): Promise<void> => {
    if (event.kind === 'transaction_payload') for (const inner of parser.events(event)) await take(inner);
    if (event.kind !== 'rows' || event.map.database !== database) return;
    const shape = await shapeOf(event, session);
    for (const row of decodeRows(event, shape)) rows.push({ ...row, event, shape });
  };
  try {
    // its memory is used again, values are looked at later
    for await (const runs of dump)
      for (const bytes of eachEvent(runs.map((run) => Buffer.from(run)))) await take(parser.parse(bytes));
  } finally {
    dump.close();
    await session.end();
  }
  return rows;
}
