import { CdcError } from '../../core/errors.ts';
import { charsetOf, decodeText } from './charset.ts';
import { COLUMN_TYPE, isCharacter, realType } from './column-types.ts';
import type { TableMap } from './event.ts';
import type {
  ColumnDefinition,
  ColumnKind,
  ColumnShape,
  TableDefinition,
  TableShape,
} from './table-shape.ts';
import { stringLength, wireKind } from './wire-kind.ts';

const BINARY_COLLATION = 63;
type Flavor = 'mysql' | 'mariadb';

const mayHideMariadbType = (type: number, meta: number): boolean =>
  realType(type, meta) === COLUMN_TYPE.STRING && [4, 16].includes(stringLength(meta));

/**
 * What decoding needs beyond the table map itself. `required`: names, signs, character sets or labels are not
 * in it, or (MariaDB) a column might be INET4, INET6 or UUID, which look like BINARY. `for-key`: the map says
 * all but whether a unique key stands in for the primary key that the table lacks.
 */
export function needsDefinition(map: TableMap, flavor: Flavor): 'no' | 'for-key' | 'required' {
  const { metadata } = map;
  if (metadata?.names === undefined) return 'required';
  const types = [...map.columnTypes];
  if (flavor === 'mariadb') {
    const hidden = types.some((type, column) => mayHideMariadbType(type, map.columnMeta[column] ?? 0));
    if (hidden) return 'required';
  }
  return metadata.primaryKey === undefined ? 'for-key' : 'no';
}

function mismatch(map: TableMap, problem: string): CdcError {
  return new CdcError('CDC_SCHEMA_MISMATCH', `${map.database}.${map.table}: ${problem}`);
}

const SAME_WIRE: Readonly<Partial<Record<ColumnKind, ColumnKind>>> = {
  inet4: 'binary',
  inet6: 'binary',
  uuid: 'binary',
};

/** Does the definition of a column fit what the table map says of it? */
function fits(map: TableMap, column: number, definition: ColumnDefinition): boolean {
  const type = map.columnTypes[column] ?? 0;
  const meta = map.columnMeta[column] ?? 0;
  const text = wireKind(type, meta, false);
  const binary = wireKind(type, meta, true);
  const kind = SAME_WIRE[definition.kind] ?? definition.kind;
  if (kind !== text && kind !== binary) return false;
  switch (kind) {
    case 'decimal':
      return definition.precision === meta >> 8 && definition.scale === (meta & 0xff);
    case 'time':
    case 'datetime':
    case 'timestamp':
      return (definition.fraction ?? 0) === meta;
    case 'bit':
      return definition.length === (meta >> 8) * 8 + (meta & 0xff);
    case 'binary':
      return definition.length === null || definition.length === stringLength(meta);
    case 'varbinary':
      return definition.length === null || definition.length === meta;
    default:
      return true;
  }
}

function fromDefinition(map: TableMap, column: number, definition: ColumnDefinition): ColumnShape {
  const meta = map.columnMeta[column] ?? 0;
  return {
    name: definition.name,
    kind: definition.kind,
    wireType: realType(map.columnTypes[column] ?? 0, meta),
    meta,
    unsigned: definition.unsigned,
    length: lengthOf(definition.kind, meta),
    precision: meta >> 8,
    scale: meta & 0xff,
    fraction: meta,
    charset: definition.charset ?? '',
    labels: definition.labels ?? [],
    compressed: definition.compressed,
  };
}

function lengthOf(kind: ColumnKind, meta: number): number {
  if (kind === 'bit') return (meta >> 8) * 8 + (meta & 0xff);
  return kind === 'binary' || kind === 'inet4' || kind === 'inet6' || kind === 'uuid'
    ? stringLength(meta)
    : 0;
}

function fromMetadata(map: TableMap, column: number, flavor: Flavor): ColumnShape {
  const { metadata } = map;
  const type = map.columnTypes[column] ?? 0;
  const meta = map.columnMeta[column] ?? 0;
  const collation = metadata?.collations?.[column] ?? 0;
  const name = metadata?.names?.[column] ?? '';
  const kind = wireKind(type, meta, collation === BINARY_COLLATION && isCharacter(type));
  if (kind === null)
    throw new CdcError('CDC_COLUMN_TYPE_UNKNOWN', `${map.database}.${map.table}.${name}: type ${type}`);
  const charset = collation === 0 ? '' : charsetOf(collation, flavor);
  const labels = metadata?.enumLabels?.[column] ?? metadata?.setLabels?.[column] ?? [];
  return {
    name,
    kind,
    wireType: realType(type, meta),
    meta,
    unsigned: metadata?.unsigned?.[column] ?? false,
    length: lengthOf(kind, meta),
    precision: meta >> 8,
    scale: meta & 0xff,
    fraction: meta,
    charset,
    labels: labels.map((label) => decodeText(label, charset === '' ? 'utf8mb4' : charset)),
    compressed: type === COLUMN_TYPE.BLOB_COMPRESSED || type === COLUMN_TYPE.VARCHAR_COMPRESSED,
  };
}

function keyOf(map: TableMap, columns: readonly ColumnShape[], definition: TableDefinition | null): number[] {
  const primary = map.metadata?.primaryKey;
  if (primary !== undefined && primary.length > 0) return primary.map((part) => part.column);
  if (definition === null) return [];
  const names = definition.primaryKey.length > 0 ? definition.primaryKey : definition.uniqueKey;
  const numbers = names.map((name) => columns.findIndex((column) => column.name === name));
  return numbers.includes(-1) ? [] : numbers;
}

/**
 * The shape of the rows that follow a table map: its own metadata first, the definition where that is silent.
 * CDC_SCHEMA_UNKNOWN without a needed definition; CDC_SCHEMA_MISMATCH where the definition is of another time.
 */
export function resolveShape(map: TableMap, definition: TableDefinition | null, flavor: Flavor): TableShape {
  const count = map.columnTypes.length;
  const named = map.metadata?.names !== undefined;
  const agrees =
    definition !== null &&
    definition.columns.length === count &&
    definition.columns.every(
      (column, index) => fits(map, index, column) && (!named || map.metadata?.names?.[index] === column.name),
    );
  if (!named) {
    if (definition === null) {
      throw new CdcError(
        'CDC_SCHEMA_UNKNOWN',
        `the columns of ${map.database}.${map.table} at this event are not known`,
      );
    }
    if (definition.columns.length !== count) {
      throw mismatch(map, `the event has ${count} columns, the schema ${definition.columns.length}`);
    }
    const wrong = definition.columns.find((column, index) => !fits(map, index, column));
    if (wrong !== undefined)
      throw mismatch(map, `column ${wrong.name} has another type in the event than in the schema`);
  }
  const columns = Array.from({ length: count }, (_item, index) => {
    const defined = agrees ? definition?.columns[index] : undefined;
    return defined !== undefined && (!named || SAME_WIRE[defined.kind] !== undefined)
      ? fromDefinition(map, index, defined)
      : fromMetadata(map, index, flavor);
  });
  return {
    database: map.database,
    table: map.table,
    columns,
    key: keyOf(map, columns, agrees ? definition : null),
  };
}
