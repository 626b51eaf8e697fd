/** Keys of CREATE TABLE, ALTER TABLE and CREATE INDEX. */
import type { IndexSpec } from './schema-change.ts';
import { splitAtCommas, Words } from './words.ts';

type Part = IndexSpec['parts'][number];

function partOf(words: Words): Part {
  if (words.upper === '(') return { column: null, prefix: false };
  const column = words.name();
  return { column, prefix: words.upper === '(' };
}

/**
 * `[name] [USING type] (part, …) options`, at the cursor; null where no parts follow, or one is a period
 * (MariaDB's `p WITHOUT OVERLAPS`), which stands for columns that are not named here.
 */
export function parseIndexParts(
  words: Words,
  how: { primary: boolean; unique: boolean; symbol: string | null },
): IndexSpec | null {
  words.ifExists();
  const named =
    words.upper !== '(' && words.upper !== 'USING' && words.upper !== 'TYPE' ? words.name() : null;
  if (words.take('USING', 'TYPE')) words.at += 1;
  const inside = words.parens();
  if (inside === null || inside.some(({ upper }) => upper === 'OVERLAPS')) return null;
  const parts = splitAtCommas(inside)
    .filter((tokens) => tokens.length > 0)
    .map((tokens) => partOf(new Words(tokens)));
  const { primary, unique, symbol } = how;
  return {
    name: primary ? 'PRIMARY' : (named ?? (unique ? symbol : null)),
    primary,
    unique: primary || unique,
    parts,
  };
}

export type TableElement =
  | { readonly kind: 'index'; readonly index: IndexSpec; readonly ifNotExists: boolean }
  /** CHECK, FOREIGN KEY: nothing that rows depend on. */
  | { readonly kind: 'constraint' }
  /** MariaDB: PERIOD FOR name (start, end) makes its columns NOT NULL. */
  | { readonly kind: 'period'; readonly columns: readonly string[] }
  | { readonly kind: 'column' }
  | { readonly kind: 'unknown' };

const told = (index: IndexSpec | null, ifNotExists: boolean): TableElement =>
  index === null ? { kind: 'unknown' } : { kind: 'index', index, ifNotExists };

/** What the clause is: an index, a constraint, or (then the cursor has not moved) a column. */
export function parseElement(words: Words): TableElement {
  if (words.kind !== 'word') return { kind: 'column' };
  let symbol: string | null = null;
  if (words.take('CONSTRAINT')) {
    words.ifExists();
    if (!['PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK'].includes(words.upper)) symbol = words.name();
  }
  const exists = (): boolean => words.upper === 'IF';
  switch (words.upper) {
    case 'PRIMARY':
      if (!words.takeAll('PRIMARY', 'KEY')) return { kind: 'unknown' };
      return told(parseIndexParts(words, { primary: true, unique: true, symbol }), false);
    case 'UNIQUE': {
      words.at += 1;
      words.take('INDEX', 'KEY');
      const ifNotExists = exists();
      return told(parseIndexParts(words, { primary: false, unique: true, symbol }), ifNotExists);
    }
    case 'INDEX':
    case 'KEY': {
      words.at += 1;
      const ifNotExists = exists();
      return told(parseIndexParts(words, { primary: false, unique: false, symbol: null }), ifNotExists);
    }
    case 'FULLTEXT':
    case 'SPATIAL':
    case 'VECTOR': {
      const next = words.ahead(1);
      if (words.upper === 'VECTOR' && next !== 'INDEX' && next !== 'KEY' && next !== '(')
        return { kind: 'column' };
      words.at += 1;
      words.take('INDEX', 'KEY');
      const ifNotExists = exists();
      return told(parseIndexParts(words, { primary: false, unique: false, symbol: null }), ifNotExists);
    }
    case 'FOREIGN':
      return { kind: 'constraint' };
    case 'CHECK':
      return words.ahead(1) === '(' ? { kind: 'constraint' } : { kind: 'column' };
    case 'PERIOD':
      if (!words.takeAll('PERIOD', 'FOR')) return { kind: 'column' };
      words.ifExists();
      words.name();
      return {
        kind: 'period',
        columns: (words.parens() ?? []).flatMap(({ text }) => (text === ',' ? [] : [text])),
      };
    default:
      return { kind: 'column' };
  }
}
