import type { TableFilter } from './task.ts';

/** Schemas of the server itself: captured only where a filter names them. */
const SYSTEM_DATABASES = new Set(['mysql', 'sys', 'information_schema', 'performance_schema']);

type Matcher = (name: string) => boolean;

/** A name where `*` stands for any run of characters. */
function namePattern(pattern: string, foldCase: boolean): Matcher {
  const text = foldCase ? pattern.toLowerCase() : pattern;
  const fold = (name: string): string => (foldCase ? name.toLowerCase() : name);
  if (!text.includes('*')) return (name) => fold(name) === text;
  const source = text
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(fold(name));
}

interface EntryPattern {
  readonly database: Matcher;
  readonly table: Matcher;
}

/** `table`, `db.table` or `db.*`; only the first dot separates, since table names may hold dots. */
function entryPattern(entry: string, foldCase: boolean): EntryPattern {
  const dot = entry.indexOf('.');
  if (dot < 0) return { database: () => true, table: namePattern(entry, foldCase) };
  return {
    database: namePattern(entry.slice(0, dot), foldCase),
    table: namePattern(entry.slice(dot + 1), foldCase),
  };
}

export interface TableMatcher {
  /** Are the rows of this table captured? */
  matches(database: string, table: string): boolean;
  /** Can any table of this database be captured? For statements that name a database only. */
  matchesDatabase(database: string): boolean;
}

/**
 * Compiles a filter. Exclusion wins. With `foldCase` (a server whose lower_case_table_names is 1 or 2) names
 * are compared without regard to case, as that server does.
 */
export function compileFilter(filter: TableFilter, foldCase = false): TableMatcher {
  const databases = filter.databases.map((entry) => namePattern(entry, foldCase));
  const tables = filter.tables.map((entry) => entryPattern(entry, foldCase));
  const exclude = filter.exclude.map((entry) => entryPattern(entry, foldCase));
  const qualified = filter.tables
    .filter((entry) => entry.includes('.'))
    .map((entry) => entryPattern(entry, foldCase));

  const inDatabases = (database: string): boolean => {
    if (databases.length > 0) return databases.some((match) => match(database));
    if (!SYSTEM_DATABASES.has(database.toLowerCase())) return true;
    return qualified.some((entry) => entry.database(database));
  };
  return {
    matches(database, table) {
      if (!inDatabases(database)) return false;
      if (tables.length > 0 && !tables.some((entry) => entry.database(database) && entry.table(table)))
        return false;
      return !exclude.some((entry) => entry.database(database) && entry.table(table));
    },
    matchesDatabase(database) {
      return (
        inDatabases(database) && (tables.length === 0 || tables.some((entry) => entry.database(database)))
      );
    },
  };
}
