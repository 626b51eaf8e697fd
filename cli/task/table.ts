/** Text columns for a terminal. */

/** What a terminal would take for a command is shown as a dot: values come from elsewhere. */
const printable = (text: string): string =>
  Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ? '·' : character;
  }).join('');

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/**
 * Lines of left-aligned columns. With `width` (of a terminal) the last column is cut to what is left; without
 * it nothing is cut.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null = null,
): string {
  const cells = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const lines = cells.map((row) => {
    const padded = row.map((cell, column) => {
      if (column < header.length - 1) return cell.padEnd(widths[column] ?? 0);
      return width === null ? cell : cut(cell, Math.max(8, width - before));
    });
    return padded.join('  ').trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

/** `name  value` lines. */
export function formatFields(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('');
}

/** 1500 is `1.5 s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}
