import { type Quirks, sameValue } from './kinds.ts';
import { type Row, short } from './replay.ts';
import type { Column, Table } from './table.ts';

/** A row as the server selects it: text by column. */
export type SelectedRow = Readonly<Record<string, string | null>>;

function sameColumn(column: Column, row: Row, selected: SelectedRow, quirks: Quirks): boolean {
  const value = row.get(column.name);
  // of an image without it only a computed column can't be known
  if (value === undefined) return column.generated;
  return sameValue(column.kind, value, selected[column.name] ?? null, quirks);
}

const text = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'NULL' : value.length > 200 ? `${value.slice(0, 200)}…` : value;

function differences(table: Table, row: Row, selected: SelectedRow, quirks: Quirks): string[] {
  return table.columns
    .filter((column) => !sameColumn(column, row, selected, quirks))
    .map((column) => {
      const value = row.get(column.name);
      const shown = value === undefined ? 'absent' : short(value);
      return `${column.name} ${column.sql.slice(0, 60)} (${column.kind}): ${shown}, but selected ${text(selected[column.name])}`;
    });
}

/** What differs between the rows of the messages and those of the server; nothing is right. */
export function tableDifferences(
  table: Table,
  rows: readonly Row[],
  selected: readonly SelectedRow[],
  quirks: Quirks,
): string[] {
  const left = [...rows];
  const found: string[] = [];
  for (const wanted of selected) {
    const at = left.findIndex((row) =>
      table.columns.every((column) => sameColumn(column, row, wanted, quirks)),
    );
    if (at >= 0) {
      left.splice(at, 1);
      continue;
    }
    const best = closest(table, left, wanted, quirks);
    if (best === null) found.push(`the row ${text(JSON.stringify(wanted))} is missing`);
    else {
      found.push(...differences(table, best, wanted, quirks));
      left.splice(left.indexOf(best), 1);
    }
  }
  return [...found, ...left.map((row) => `the row ${short(row)} is too many`)];
}

/** The row that differs in the fewest columns, but not in all of its key. */
function closest(table: Table, rows: readonly Row[], wanted: SelectedRow, quirks: Quirks): Row | null {
  const scored = rows.map((row) => ({
    row,
    count: differences(table, row, wanted, quirks).length,
  }));
  const [best] = scored.sort((a, b) => a.count - b.count);
  return best === undefined || best.count === table.columns.length ? null : best.row;
}
