/**
 * The syntax of the names in a filter: `*` stands for any run of characters, and in a table entry the first
 * dot parts database and table. MySQL allows nearly every character in a name, so only what can't be one (or is
 * surely a slip) is refused.
 */

/** Longest identifier of MySQL and MariaDB, in characters. */
const NAME_LENGTH_MAX = 64;

// biome's control-character rule is about accidents in patterns; here they are what is looked for.
const hasControlCharacter = (text: string): boolean =>
  Array.from(text).some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x7f;
  });

function nameProblem(name: string, what: string): string | null {
  if (name === '') return `has no ${what} name`;
  if (name !== name.trim()) return 'has spaces around a name';
  if (hasControlCharacter(name)) return 'has a control character in it';
  if (/^`.*`$|^".*"$/s.test(name)) return 'must be written without quotes';
  if (Array.from(name.replaceAll('*', '')).length > NAME_LENGTH_MAX) {
    return `has a ${what} name longer than ${NAME_LENGTH_MAX} characters`;
  }
  return null;
}

/** What is wrong with an entry of `database`; null where nothing is. */
export function databaseEntryProblem(entry: string): string | null {
  return nameProblem(entry, 'database');
}

/** What is wrong with an entry of `tables` or `exclude_table` (`table`, `db.table`, `db.*`); null where nothing is. */
export function tableEntryProblem(entry: string): string | null {
  const dot = entry.indexOf('.');
  if (dot < 0) return nameProblem(entry, 'table');
  return nameProblem(entry.slice(0, dot), 'database') ?? nameProblem(entry.slice(dot + 1), 'table');
}
