/**
 * Does a definition speak of the table that a table map describes? Everything that the map says is compared, so
 * that a definition of another time (before or after an ALTER TABLE) never labels a column wrongly.
 */
import { maxBytesPerCharacter } from './charset.ts';
import { charsetOf } from './collations.ts';
import { COLUMN_TYPE, realType } from './column-types.ts';
import type { TableMap } from './event.ts';
import type { ColumnDefinition, TableDefinition } from './table-shape.ts';
import { stringLength, wireKind, wireLookAlike } from './wire-kind.ts';

const BINARY = 'binary';

interface Column {
  readonly type: number;
  readonly meta: number;
  readonly nullable: boolean;
  readonly unsigned: boolean | undefined;
  /** Character set by the metadata's collation; undefined where it tells none. */
  readonly charset: string | undefined;
}

function columnOf(map: TableMap, index: number): Column {
  const meta = map.columnMeta[index] ?? 0;
  const collation = map.metadata?.collations?.[index] ?? 0;
  return {
    type: realType(map.columnTypes[index] ?? 0, meta),
    meta,
    nullable: ((map.nullable[index >> 3] ?? 0) & (1 << (index & 7))) !== 0,
    unsigned: map.metadata?.unsigned?.[index],
    charset: collation === 0 ? undefined : charsetOf(collation),
  };
}

const told = (text: unknown, wanted: unknown): string => `is ${text} in the event, ${wanted} in the schema`;

function sizeProblem(what: string, actual: number, wanted: number | null): string | null {
  return wanted === null || actual === wanted ? null : `${what} ${told(actual, wanted)}`;
}

/** Bytes of the column, as the map has them, against the characters of the definition. */
function textProblem({ type, meta }: Column, definition: ColumnDefinition): string | null {
  if (definition.length === null || definition.charset === null) return null;
  const bytes = definition.length * maxBytesPerCharacter(definition.charset);
  const actual = type === COLUMN_TYPE.STRING ? stringLength(meta) : meta;
  // a compressed VARCHAR counts the byte that says how
  return sizeProblem(
    'its length in bytes',
    actual,
    bytes + (type === COLUMN_TYPE.VARCHAR_COMPRESSED ? 1 : 0),
  );
}

/** Bytes of an ENUM's number or a SET's bits. */
function labelsProblem({ meta }: Column, definition: ColumnDefinition): string | null {
  if (definition.labels === null) return 'it has no labels in the schema';
  const count = definition.labels.length;
  const setBytes = count > 32 ? 8 : (count + 7) >> 3;
  const wanted = definition.kind === 'enum' ? (count > 255 ? 2 : 1) : setBytes;
  return sizeProblem('the size of its labels', meta & 0xff, wanted);
}

function fractionProblem(
  { type, meta }: Column,
  definition: ColumnDefinition,
  maria: boolean,
): string | null {
  const isNew =
    type === COLUMN_TYPE.TIME2 || type === COLUMN_TYPE.DATETIME2 || type === COLUMN_TYPE.TIMESTAMP2;
  // the old types' map does not tell; only MariaDB has them with a fraction
  if (!isNew && maria) return null;
  return sizeProblem('the number of its fraction digits', isNew ? meta : 0, definition.fraction ?? 0);
}

function detailProblem(column: Column, definition: ColumnDefinition, maria: boolean): string | null {
  const { type, meta } = column;
  switch (definition.kind) {
    case 'decimal':
      return (
        sizeProblem('its precision', meta >> 8, definition.precision) ??
        sizeProblem('its scale', meta & 0xff, definition.scale)
      );
    case 'bit':
      return sizeProblem('its number of bits', (meta >> 8) * 8 + (meta & 0xff), definition.length);
    case 'char':
    case 'varchar':
      return textProblem(column, definition);
    case 'binary':
      return sizeProblem('its length', stringLength(meta), definition.length);
    case 'varbinary': {
      const how = type === COLUMN_TYPE.VARCHAR_COMPRESSED ? 1 : 0;
      return sizeProblem('its length', meta - how, definition.length);
    }
    case 'inet4':
      return sizeProblem('its length', stringLength(meta), 4);
    case 'inet6':
    case 'uuid':
      return sizeProblem('its length', stringLength(meta), 16);
    case 'enum':
    case 'set':
      return labelsProblem(column, definition);
    case 'time':
    case 'datetime':
    case 'timestamp':
      return fractionProblem(column, definition, maria);
    default:
      return null;
  }
}

const NUMERIC: ReadonlySet<string> = new Set([
  ...['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double'],
]);

function problemOf(column: Column, definition: ColumnDefinition, maria: boolean): string | null {
  const { type, meta, charset, unsigned } = column;
  const kind = wireLookAlike(definition.kind, maria);
  if (kind !== wireKind(type, meta, false) && kind !== wireKind(type, meta, true)) {
    return `its type ${told(wireKind(type, meta, charset === BINARY) ?? `code ${type}`, definition.kind)}`;
  }
  const compressed = type === COLUMN_TYPE.VARCHAR_COMPRESSED || type === COLUMN_TYPE.BLOB_COMPRESSED;
  if (compressed !== definition.compressed) return 'only one of event and schema has it compressed';
  if (definition.nullable !== null && column.nullable !== definition.nullable) {
    return `it ${column.nullable ? 'can' : "can't"} be NULL in the event, unlike in the schema`;
  }
  if (unsigned !== undefined && NUMERIC.has(definition.kind) && unsigned !== definition.unsigned) {
    return `it is ${unsigned ? '' : 'not '}UNSIGNED in the event, unlike in the schema`;
  }
  // only binary strings have the binary character set, and in a definition they have none
  if (charset !== undefined && charset !== (definition.charset ?? BINARY)) {
    return `its character set ${told(charset, definition.charset ?? BINARY)}`;
  }
  return detailProblem(column, definition, maria);
}

/** What speaks against the definition, `column x: …`; null when nothing does. */
export function definitionProblem(map: TableMap, definition: TableDefinition, maria: boolean): string | null {
  const count = map.columnTypes.length;
  if (definition.columns.length !== count) {
    return `its number of columns ${told(count, definition.columns.length)}`;
  }
  for (const [index, column] of definition.columns.entries()) {
    const name = map.metadata?.names?.[index];
    // a change of case alone renames the column, but leaves it the same column
    if (name !== undefined && name.toLowerCase() !== column.name.toLowerCase()) {
      return `column ${column.name}: its name ${told(name, column.name)}`;
    }
    const problem = problemOf(columnOf(map, index), column, maria);
    if (problem !== null) return `column ${column.name}: ${problem}`;
  }
  return null;
}
