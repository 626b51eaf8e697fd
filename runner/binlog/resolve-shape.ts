/** From a table map, and a definition of the schema where the map does not say all, to a shape to decode by. */
import { CdcError } from '../../core/errors.ts';
import { decodeText } from './charset.ts';
import { charsetOf } from './collations.ts';
import { COLUMN_TYPE, isCharacter, realType } from './column-types.ts';
import { definitionProblem } from './definition-check.ts';
import type { TableMap } from './event.ts';
import type {
  ColumnDefinition,
  ColumnKind,
  ColumnShape,
  TableDefinition,
  TableShape,
} from './table-shape.ts';
import { stringLength, wireKind } from './wire-kind.ts';

type Flavor = 'mysql' | 'mariadb';

const BINARY = 'binary';
const ADDRESS_BYTES = [4, 16];

const isOldTemporal = (type: number): boolean =>
  type === COLUMN_TYPE.TIME || type === COLUMN_TYPE.DATETIME || type === COLUMN_TYPE.TIMESTAMP;

function charsetIn(map: TableMap, column: number): string {
  const collation = map.metadata?.collations?.[column] ?? 0;
  return collation === 0 ? '' : charsetOf(collation);
}

/** MariaDB: INET4, INET6 and UUID look like BINARY, VECTOR (11.7) like VARBINARY; old temporal types hide their digits. */
function hidesType(map: TableMap, column: number): boolean {
  const meta = map.columnMeta[column] ?? 0;
  const type = realType(map.columnTypes[column] ?? 0, meta);
  if (isOldTemporal(type)) return true;
  if (charsetIn(map, column) !== BINARY) return false;
  if (type === COLUMN_TYPE.VARCHAR) return meta % 4 === 0;
  return type === COLUMN_TYPE.STRING && ADDRESS_BYTES.includes(stringLength(meta));
}

/**
 * What decoding needs beyond the table map itself. `required`: names, signs, character sets or labels are not
 * in it, or (MariaDB) a column's type is not certain. `for-key`: the map says all but whether a unique key stands
 * in for the primary key that the table lacks.
 */
export function needsDefinition(map: TableMap, flavor: Flavor): 'no' | 'for-key' | 'required' {
  const { metadata } = map;
  if (metadata?.names === undefined) return 'required';
  const columns = [...map.columnTypes.keys()];
  if (flavor === 'mariadb' && columns.some((column) => hidesType(map, column))) return 'required';
  return metadata.primaryKey === undefined || metadata.primaryKey.length === 0 ? 'for-key' : 'no';
}

/** What the wire alone tells of a column. */
function wireShape(
  map: TableMap,
  column: number,
): Pick<ColumnShape, 'wireType' | 'meta' | 'precision' | 'scale' | 'compressed'> {
  const meta = map.columnMeta[column] ?? 0;
  const wireType = realType(map.columnTypes[column] ?? 0, meta);
  const isDecimal = wireType === COLUMN_TYPE.NEWDECIMAL;
  return {
    wireType,
    meta,
    precision: isDecimal ? meta >> 8 : 0,
    scale: isDecimal ? meta & 0xff : 0,
    compressed: wireType === COLUMN_TYPE.BLOB_COMPRESSED || wireType === COLUMN_TYPE.VARCHAR_COMPRESSED,
  };
}

function lengthOf(kind: ColumnKind, wireType: number, meta: number): number {
  if (kind === 'bit') return (meta >> 8) * 8 + (meta & 0xff);
  return wireType === COLUMN_TYPE.STRING && kind !== 'char' ? stringLength(meta) : 0;
}

const fractionIn = (wireType: number, meta: number): number =>
  wireType === COLUMN_TYPE.TIME2 || wireType === COLUMN_TYPE.DATETIME2 || wireType === COLUMN_TYPE.TIMESTAMP2
    ? meta
    : 0;

function fromDefinition(map: TableMap, column: number, definition: ColumnDefinition): ColumnShape {
  const wire = wireShape(map, column);
  return {
    ...wire,
    name: map.metadata?.names?.[column] ?? definition.name,
    kind: definition.kind,
    unsigned: definition.unsigned,
    length: lengthOf(definition.kind, wire.wireType, wire.meta),
    fraction: isOldTemporal(wire.wireType)
      ? (definition.fraction ?? 0)
      : fractionIn(wire.wireType, wire.meta),
    charset: definition.charset ?? '',
    labels: definition.labels ?? [],
  };
}

function fromMetadata(map: TableMap, column: number): ColumnShape {
  const { metadata } = map;
  const wire = wireShape(map, column);
  const charset = charsetIn(map, column);
  const name = metadata?.names?.[column] ?? '';
  const isBinary = charset === BINARY && isCharacter(wire.wireType);
  const kind = wireKind(wire.wireType, wire.meta, isBinary);
  if (kind === null) {
    throw new CdcError(
      'CDC_COLUMN_TYPE_UNKNOWN',
      `${map.database}.${map.table}, column ${name}: type ${wire.wireType} is not known`,
    );
  }
  const labels = metadata?.enumLabels?.[column] ?? metadata?.setLabels?.[column] ?? [];
  return {
    ...wire,
    name,
    kind,
    unsigned: metadata?.unsigned?.[column] ?? false,
    length: lengthOf(kind, wire.wireType, wire.meta),
    fraction: fractionIn(wire.wireType, wire.meta),
    charset: isBinary ? '' : charset,
    labels: labels.map((label) => decodeText(label, charset)),
  };
}

function keyOf(map: TableMap, columns: readonly ColumnShape[], definition: TableDefinition | null): number[] {
  const primary = map.metadata?.primaryKey ?? [];
  if (primary.length > 0) return primary.map((part) => part.column);
  if (definition === null) return [];
  const names = definition.primaryKey.length > 0 ? definition.primaryKey : definition.uniqueKey;
  const numbers = names.map((name) =>
    columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase()),
  );
  return numbers.includes(-1) ? [] : numbers;
}

const unknown = (map: TableMap, problem: string, hint?: string): CdcError =>
  new CdcError(
    'CDC_SCHEMA_UNKNOWN',
    `${map.database}.${map.table}: ${problem}`,
    hint === undefined ? {} : { hint },
  );

/** All from the table map, and of a definition that fits only what no table map of MariaDB tells. */
function namedColumns(map: TableMap, definition: TableDefinition | null, flavor: Flavor): ColumnShape[] {
  return [...map.columnTypes.keys()].map((column) => {
    const told = fromMetadata(map, column);
    if (flavor === 'mysql' || !hidesType(map, column)) return told;
    const defined = definition?.columns[column];
    if (defined !== undefined) {
      const { kind, length, fraction, charset } = fromDefinition(map, column, defined);
      return { ...told, kind, length, fraction, charset };
    }
    if (!isOldTemporal(told.wireType)) return told;
    throw unknown(
      map,
      `column ${told.name} is in the format of mysql56_temporal_format=OFF, whose digits are not known`,
      'SET GLOBAL mysql56_temporal_format = ON; ALTER TABLE … FORCE; then resume with recovery_v2.',
    );
  });
}

/**
 * The shape of the rows that follow a table map. Where the map names its columns, it says what they are, and a
 * definition that fits adds only MariaDB's hidden types and the key; one that does not fit is of another time, and
 * left aside. Without names the definition says all, after it was compared with the map. CDC_SCHEMA_UNKNOWN without
 * a needed definition; CDC_SCHEMA_MISMATCH where it does not fit; CDC_COLUMN_TYPE_UNKNOWN, CDC_CHARSET_UNKNOWN.
 */
export function resolveShape(map: TableMap, definition: TableDefinition | null, flavor: Flavor): TableShape {
  const named = map.metadata?.names !== undefined;
  const problem = definition === null ? null : definitionProblem(map, definition, flavor === 'mariadb');
  const fitting = problem === null ? definition : null;
  let columns: ColumnShape[];
  if (named) {
    columns = namedColumns(map, fitting, flavor);
  } else {
    if (definition === null) throw unknown(map, 'its columns at this event are not known');
    if (problem !== null) {
      throw new CdcError('CDC_SCHEMA_MISMATCH', `${map.database}.${map.table}: ${problem}`);
    }
    columns = definition.columns.map((column, index) => fromDefinition(map, index, column));
  }
  return { database: map.database, table: map.table, columns, key: keyOf(map, columns, fitting) };
}
