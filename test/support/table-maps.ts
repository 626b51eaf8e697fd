/** Table maps, events and definitions by hand. */
import type { RowsEvent, TableMap } from '../../runner/binlog/event.ts';
import type { ColumnDefinition, ColumnKind, TableDefinition } from '../../runner/binlog/table-shape.ts';

export interface MapColumn {
  readonly type: number;
  readonly meta?: number;
  readonly nullable?: boolean;
}

export function tableMap(columns: readonly MapColumn[], metadata: TableMap['metadata'] = null): TableMap {
  const nullable = new Uint8Array((columns.length + 7) >> 3);
  for (const [index, column] of columns.entries()) {
    if (column.nullable === true) nullable[index >> 3] = (nullable[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return {
    tableId: 1,
    database: 'shop',
    table: 'orders',
    columnTypes: Uint8Array.from(columns, (column) => column.type),
    columnMeta: Uint16Array.from(columns, (column) => column.meta ?? 0),
    nullable,
    metadata,
    bytes: Buffer.alloc(0),
  };
}

export function definedColumn(
  name: string,
  kind: ColumnKind,
  more: Partial<ColumnDefinition> = {},
): ColumnDefinition {
  return {
    name,
    kind,
    unsigned: false,
    length: null,
    precision: null,
    scale: null,
    fraction: null,
    charset: null,
    labels: null,
    nullable: false,
    compressed: false,
    ...more,
  };
}

export function definition(
  columns: readonly ColumnDefinition[],
  keys: Partial<Pick<TableDefinition, 'primaryKey' | 'uniqueKey'>> = {},
): TableDefinition {
  return { database: 'shop', table: 'orders', columns, primaryKey: [], uniqueKey: [], ...keys };
}

const HEADER = { timestamp: 0, typeCode: 30, serverId: 1, eventSize: 0, logPos: 0, flags: 0 };

export function rowsEvent(
  action: RowsEvent['action'],
  columnCount: number,
  rows: Buffer,
  more: Partial<RowsEvent> = {},
): RowsEvent {
  const all = Buffer.alloc((columnCount + 7) >> 3, 0xff);
  return {
    kind: 'rows',
    header: HEADER,
    action,
    map: tableMap([]),
    endOfStatement: true,
    partialJson: false,
    columnCount,
    present: all,
    presentAfter: all,
    rows,
    ...more,
  };
}
