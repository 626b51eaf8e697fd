/**
 * The optional metadata at the end of a TABLE_MAP_EVENT (MySQL libs/mysql/binlog/event/rows_event.h, "optional
 * metadata fields"; MariaDB the same up to type 11). MINIMAL writes types 1, 2 or 3, 7 and 13; FULL all. A field is
 * its type (1 byte), its length (length-encoded) and a value; a type that is not known is skipped.
 *
 *    1  signedness: a bit per numeric column, highest bit first; set = unsigned
 *    2  default collation of the character columns; then exceptions: (number among these, collation) each
 *    3  collation of each character column
 *    4  column names: length, text each
 *    5  labels of each SET column: count, then length, bytes each
 *    6  labels of each ENUM column, the same
 *    7  geometry type of each GEOMETRY column
 *    8  primary key: column numbers
 *    9  primary key: (column number, prefix length in characters; 0 = whole column) each
 *   10  default collation of the ENUM and SET columns, with exceptions as in 2
 *   11  collation of each ENUM and SET column
 *   12  visibility: a bit per column, highest bit first; set = visible
 *   13  dimensions of each VECTOR column
 *
 * All numbers without a size are length-encoded.
 */
import { COLUMN_TYPE, isCharacter, isInCollationList, isNumeric, realType } from '../column-types.ts';
import type { TableMetadata } from '../event.ts';
import type { ByteReader } from '../reader.ts';

const LAST_KNOWN = 13;

type Labels = readonly Buffer[] | null;

interface Columns {
  readonly count: number;
  readonly inCollationList: (type: number) => boolean;
  /** Numbers of the columns whose real type fits. */
  which(fits: (type: number) => boolean): number[];
}

interface Draft {
  unsigned?: readonly boolean[];
  collations?: number[];
  names?: readonly string[];
  setLabels?: readonly Labels[];
  enumLabels?: readonly Labels[];
  geometryTypes?: readonly number[];
  primaryKey?: readonly { readonly column: number; readonly prefix: number }[];
  visible?: readonly boolean[];
  vectorDimensions?: readonly number[];
}

const isLabelled = (type: number): boolean => type === COLUMN_TYPE.ENUM || type === COLUMN_TYPE.SET;
const isEnum = (type: number): boolean => type === COLUMN_TYPE.ENUM;
const isSet = (type: number): boolean => type === COLUMN_TYPE.SET;
const isGeometry = (type: number): boolean => type === COLUMN_TYPE.GEOMETRY;
const isVector = (type: number): boolean => type === COLUMN_TYPE.VECTOR;

function bits(field: ByteReader, which: readonly number[], count: number, what: string): boolean[] {
  const bitmap = field.view((which.length + 7) >> 3, what);
  const values = new Array<boolean>(count).fill(false);
  for (const [index, column] of which.entries()) {
    values[column] = ((bitmap[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }
  return values;
}

/** One number for each of the columns `which`; 0 for the others. */
function perColumn(field: ByteReader, which: readonly number[], count: number, what: string): number[] {
  const values = new Array<number>(count).fill(0);
  for (const column of which) values[column] = field.packed(what);
  return values;
}

function defaultCollations(field: ByteReader, which: readonly number[], into: number[]): void {
  const common = field.packed('default collation');
  for (const column of which) into[column] = common;
  while (field.left > 0) {
    const index = field.packed('column');
    const column = which[index];
    if (column === undefined) throw field.fail(`collation for text column ${index} of ${which.length}`);
    into[column] = field.packed('collation');
  }
}

function columnCollations(field: ByteReader, which: readonly number[], into: number[]): void {
  for (const column of which) into[column] = field.packed('collation');
}

function names(field: ByteReader, count: number): string[] {
  const values: string[] = [];
  while (field.left > 0) values.push(field.text(field.packed('name length'), 'column name'));
  if (values.length !== count) throw field.fail(`${values.length} column names for ${count} columns`);
  return values;
}

function labels(field: ByteReader, which: readonly number[], count: number): Labels[] {
  const values = new Array<Labels>(count).fill(null);
  for (const column of which) {
    const own: Buffer[] = [];
    for (let left = field.packed('label count'); left > 0; left -= 1) {
      own.push(field.view(field.packed('label length'), 'label'));
    }
    values[column] = own;
  }
  return values;
}

function primaryKey(
  field: ByteReader,
  count: number,
  prefixes: boolean,
): { readonly column: number; readonly prefix: number }[] {
  const key: { readonly column: number; readonly prefix: number }[] = [];
  while (field.left > 0) {
    const column = field.packed('key column');
    if (column >= count) throw field.fail(`key column ${column} of ${count} columns`);
    key.push({ column, prefix: prefixes ? field.packed('key prefix') : 0 });
  }
  return key;
}

function collationsOf(draft: Draft, count: number): number[] {
  draft.collations ??= new Array<number>(count).fill(0);
  return draft.collations;
}

function parseField(type: number, field: ByteReader, columns: Columns, draft: Draft): void {
  const { count } = columns;
  switch (type) {
    case 1:
      draft.unsigned = bits(field, columns.which(isNumeric), count, 'signedness');
      break;
    case 2:
      defaultCollations(field, columns.which(columns.inCollationList), collationsOf(draft, count));
      break;
    case 3:
      columnCollations(field, columns.which(columns.inCollationList), collationsOf(draft, count));
      break;
    case 4:
      draft.names = names(field, count);
      break;
    case 5:
      draft.setLabels = labels(field, columns.which(isSet), count);
      break;
    case 6:
      draft.enumLabels = labels(field, columns.which(isEnum), count);
      break;
    case 7:
      draft.geometryTypes = perColumn(field, columns.which(isGeometry), count, 'geometry type');
      break;
    case 8:
    case 9:
      draft.primaryKey = primaryKey(field, count, type === 9);
      break;
    case 10:
      defaultCollations(field, columns.which(isLabelled), collationsOf(draft, count));
      break;
    case 11:
      columnCollations(field, columns.which(isLabelled), collationsOf(draft, count));
      break;
    case 12:
      draft.visible = bits(
        field,
        columns.which(() => true),
        count,
        'visibility',
      );
      break;
    case 13:
      draft.vectorDimensions = perColumn(field, columns.which(isVector), count, 'vector dimensions');
      break;
    default:
      break;
  }
}

export function parseTableMetadata(
  reader: ByteReader,
  columnTypes: Uint8Array,
  columnMeta: Uint16Array,
  flavor: 'mysql' | 'mariadb',
): TableMetadata {
  const types = Array.from(columnTypes, (type, column) => realType(type, columnMeta[column] ?? 0));
  const columns: Columns = {
    count: types.length,
    inCollationList: (type) => isInCollationList(type, flavor),
    which: (fits) => [...types.keys()].filter((column) => fits(types[column] ?? 0)),
  };
  const draft: Draft = {};
  while (reader.left > 0) {
    const type = reader.u8('metadata type');
    const field = reader.part(reader.packed('metadata length'), 'metadata');
    parseField(type, field, columns, draft);
    // what is left over says that the field is about other columns than we think: then all labels would be wrong
    if (field.left > 0 && type <= LAST_KNOWN) {
      throw reader.fail(`metadata of type ${type} has ${field.left} bytes too many`);
    }
  }
  for (const [column, type] of types.entries()) {
    // VECTOR and GEOMETRY are listed as binary, but have no collation
    if (draft.collations !== undefined && !isCharacter(type) && !isLabelled(type))
      draft.collations[column] = 0;
  }
  return draft;
}
