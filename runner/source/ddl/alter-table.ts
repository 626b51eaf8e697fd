/** What ALTER TABLE does, from behind the table's name (MySQL manual, "ALTER TABLE Statement"). */
import { canonicalCharset, charsetOfCollation, parseColumn } from './column-clause.ts';
import { parseElements, readTableOptions, type TableContext } from './create-table.ts';
import { parseElement } from './index-clause.ts';
import type { AlterAction, SchemaChange } from './schema-change.ts';
import type { TableName } from './table-name.ts';
import { Words } from './words.ts';

/** What one clause does; null: nothing that counts here; 'unknown'; 'last': the rest concerns partitions only. */
type Clause = readonly AlterAction[] | 'unknown' | 'last';

const NOTHING: Clause = [];

function takeIfExists(words: Words): boolean {
  const stands = words.upper === 'IF';
  words.ifExists();
  return stands;
}

function addColumns(words: Words, context: TableContext): Clause {
  const ifNotExists = takeIfExists(words);
  const inside = words.parens();
  if (inside === null) {
    const parsed = parseColumn(words, context);
    return parsed === null ? 'unknown' : [{ kind: 'add-column', ...parsed, ifNotExists }];
  }
  const elements = parseElements(inside, context);
  if (elements === null) return 'unknown';
  return [
    ...elements.columns.map(
      (column): AlterAction => ({ kind: 'add-column', column, place: { kind: 'none' }, ifNotExists }),
    ),
    ...elements.indexes.map((index): AlterAction => ({ kind: 'add-index', index, ifNotExists: false })),
  ];
}

function add(words: Words, context: TableContext): Clause {
  if (words.take('COLUMN')) return addColumns(words, context);
  if (words.upper === 'PARTITION') return 'last';
  if (words.takeAll('SYSTEM', 'VERSIONING')) return [{ kind: 'versioning', on: true }];
  const element = parseElement(words);
  switch (element.kind) {
    case 'index':
      return [{ kind: 'add-index', index: element.index, ifNotExists: element.ifNotExists }];
    case 'constraint':
      return NOTHING;
    case 'period':
      return [{ kind: 'not-null', columns: element.columns }];
    case 'unknown':
      return 'unknown';
    default:
      return addColumns(words, context);
  }
}

function drop(words: Words): Clause {
  if (words.takeAll('PRIMARY', 'KEY')) return [{ kind: 'drop-primary' }];
  if (words.takeAll('SYSTEM', 'VERSIONING')) return [{ kind: 'versioning', on: false }];
  if (words.takeAll('PERIOD', 'FOR') || words.takeAll('FOREIGN', 'KEY')) return NOTHING;
  if (words.upper === 'PARTITION') return 'last';
  if (words.upper === 'CHECK' && words.kind === 'word') return NOTHING;
  const ofIndex = words.take('INDEX', 'KEY', 'CONSTRAINT');
  if (!ofIndex) words.take('COLUMN');
  const ifExists = takeIfExists(words);
  const name = words.name();
  if (name === null) return 'unknown';
  return ofIndex ? [{ kind: 'drop-index', name }] : [{ kind: 'drop-column', column: name, ifExists }];
}

function change(words: Words, context: TableContext, renames: boolean): Clause {
  words.take('COLUMN');
  const ifExists = takeIfExists(words);
  const from = renames ? words.name() : words.text;
  const parsed = from === null ? null : parseColumn(words, context);
  if (parsed === null || from === null) return 'unknown';
  return [{ kind: 'change-column', from, ...parsed, ifExists }];
}

function rename(words: Words, context: TableContext): Clause {
  const what = words.upper;
  if (what === 'COLUMN' || what === 'INDEX' || what === 'KEY') {
    words.at += 1;
    const ifExists = takeIfExists(words);
    const from = words.name();
    words.take('TO');
    const to = words.name();
    if (from === null || to === null) return 'unknown';
    return [
      what === 'COLUMN' ? { kind: 'rename-column', from, to, ifExists } : { kind: 'rename-index', from, to },
    ];
  }
  words.take('TO', 'AS', '=');
  const to = context.tableName(words);
  return to === null ? 'unknown' : [{ kind: 'rename-table', to }];
}

function convert(words: Words): Clause {
  words.take('TO');
  let charset: string | null = null;
  if (words.take('CHARSET') || words.takeAll('CHARACTER', 'SET')) charset = canonicalCharset(words.symbol());
  if (words.take('COLLATE')) charset = charsetOfCollation(words.symbol()) ?? charset;
  return [{ kind: 'convert', charset }];
}

/** ALTER [COLUMN] name SET VISIBLE | INVISIBLE; defaults, and what is done to indexes and checks, change no column. */
function visibility(words: Words): Clause {
  if (words.take('INDEX', 'CHECK', 'CONSTRAINT')) return NOTHING;
  words.take('COLUMN');
  const column = words.name();
  if (column === null || !words.take('SET')) return NOTHING;
  const invisible = words.upper === 'INVISIBLE';
  return invisible || words.upper === 'VISIBLE' ? [{ kind: 'visibility', column, invisible }] : NOTHING;
}

const PARTITION_WORK = new Set([
  ...[
    'PARTITION',
    'REORGANIZE',
    'COALESCE',
    'EXCHANGE',
    'TRUNCATE',
    'ANALYZE',
    'CHECK',
    'OPTIMIZE',
    'REBUILD',
  ],
  ...['REPAIR', 'REMOVE', 'DISCARD', 'IMPORT', 'SECONDARY_LOAD', 'SECONDARY_UNLOAD'],
]);

function readClause(words: Words, context: TableContext): Clause {
  const verb = words.upper;
  if (PARTITION_WORK.has(verb) || (verb === 'CONVERT' && ['PARTITION', 'TABLE'].includes(words.ahead(1))))
    return 'last';
  words.at += 1;
  switch (verb) {
    case 'ADD':
      return add(words, context);
    case 'DROP':
      return drop(words);
    case 'MODIFY':
      return change(words, context, false);
    case 'CHANGE':
      return change(words, context, true);
    case 'RENAME':
      return rename(words, context);
    case 'CONVERT':
      return convert(words);
    case 'ALTER':
      return visibility(words);
    case 'ORDER':
      return NOTHING;
    default: {
      words.at -= 1;
      const { charset } = readTableOptions(words);
      return charset === undefined ? NOTHING : [{ kind: 'default-charset', charset }];
    }
  }
}

/** `… PARTITION BY …` stands behind the last clause without a comma. */
function withoutPartitions(words: Words): Words {
  let depth = 0;
  for (let at = words.at; at < words.tokens.length; at += 1) {
    const upper = words.tokens[at]?.upper;
    if (upper === '(') depth += 1;
    if (upper === ')') depth -= 1;
    if (depth === 0 && upper === 'PARTITION' && words.tokens[at + 1]?.upper === 'BY') {
      return new Words(words.tokens.slice(0, at), words.at);
    }
  }
  return words;
}

export function parseAlterTable(behindName: Words, name: TableName, context: TableContext): SchemaChange {
  const words = withoutPartitions(behindName);
  if (words.take('WAIT')) words.at += 1;
  words.take('NOWAIT');
  const actions: AlterAction[] = [];
  for (const clause of words.clauses()) {
    const read = readClause(clause, context);
    if (read === 'last') break;
    if (read === 'unknown') {
      const renamed = actions.flatMap((action) => (action.kind === 'rename-table' ? [action.to] : []));
      return { kind: 'forget', tables: [name, ...renamed] };
    }
    actions.push(...read);
  }
  return { kind: 'alter-table', name, actions };
}
