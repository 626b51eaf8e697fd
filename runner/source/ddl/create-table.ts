/** What CREATE TABLE makes, from behind the table's name (MySQL manual, "CREATE TABLE Statement"). */
import { type ColumnContext, canonicalCharset, charsetOfCollation, parseColumn } from './column-clause.ts';
import { parseElement } from './index-clause.ts';
import type { ColumnSpec, CreateTableBody, IndexSpec, SchemaChange } from './schema-change.ts';
import type { TableName } from './table-name.ts';
import type { Token } from './tokens.ts';
import { splitAtCommas, Words } from './words.ts';

export interface TableContext extends ColumnContext {
  /** `name` or `database.name` at the cursor. */
  readonly tableName: (words: Words) => TableName | null;
}

export interface TableOptions {
  /** undefined: not named; null: DEFAULT. */
  readonly charset: string | null | undefined;
  readonly versioned: boolean;
  /** Rows, and columns, come from a query. */
  readonly query: boolean;
}

/** Table options at the cursor, up to the end or to PARTITION BY. */
export function readTableOptions(words: Words): TableOptions {
  let charset: string | null | undefined;
  let versioned = false;
  while (!words.done) {
    if (words.take('CHARSET') || words.takeAll('CHARACTER', 'SET'))
      charset = canonicalCharset(words.symbol());
    else if (words.take('COLLATE')) charset = charsetOfCollation(words.symbol()) ?? charset;
    else if (words.takeAll('WITH', 'SYSTEM', 'VERSIONING')) versioned = true;
    else if (words.takeAll('PARTITION', 'BY')) break;
    else if (['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(words.upper) && words.ahead(1) !== '=') {
      return { charset, versioned, query: true };
    } else if (words.upper === '(') {
      const inside = words.parens() ?? [];
      if (inside[0]?.upper === 'SELECT') return { charset, versioned, query: true };
    } else words.at += 1;
  }
  return { charset, versioned, query: false };
}

/** Columns and indexes between the parentheses; null where something is not understood. */
export function parseElements(
  tokens: readonly Token[],
  context: ColumnContext,
): { columns: ColumnSpec[]; indexes: IndexSpec[] } | null {
  const columns: ColumnSpec[] = [];
  const indexes: IndexSpec[] = [];
  const notNull: string[] = [];
  for (const clause of splitAtCommas(tokens)) {
    const words = new Words(clause);
    const element = parseElement(words);
    if (element.kind === 'unknown') return null;
    if (element.kind === 'index') indexes.push(element.index);
    if (element.kind === 'period') notNull.push(...element.columns.map((name) => name.toLowerCase()));
    if (element.kind !== 'column') continue;
    const parsed = parseColumn(words, context);
    if (parsed === null) return null;
    columns.push(parsed.column);
  }
  const placed = columns.map((column) =>
    notNull.includes(column.name.toLowerCase()) ? { ...column, nullable: false } : column,
  );
  return { columns: placed, indexes };
}

export function parseCreateTable(
  words: Words,
  name: TableName,
  ifNotExists: boolean,
  context: TableContext,
): SchemaChange {
  const forget: SchemaChange = { kind: 'forget', tables: [name] };
  const like = (source: Words): SchemaChange => {
    const original = context.tableName(source);
    return original === null ? forget : { kind: 'create-like', name, like: original, ifNotExists };
  };
  if (words.take('LIKE')) return like(words);
  const body = words.parens();
  if (body === null) return forget;
  if (body[0]?.upper === 'LIKE') return like(new Words(body, 1));
  const options = readTableOptions(words);
  const elements = options.query ? null : parseElements(body, context);
  if (elements === null) return forget;
  const { charset = null, versioned } = options;
  const made: CreateTableBody = { ...elements, charset, versioned };
  return { kind: 'create-table', name, body: made, ifNotExists };
}
