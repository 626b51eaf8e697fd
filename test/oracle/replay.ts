/** A table built from messages alone. */
import { type Exact, ExactNumber, exactText } from '../support/exact-json.ts';
import type { Table } from './table.ts';

export type Row = ReadonlyMap<string, Exact>;

export interface RowMessage {
  readonly action: 'insert' | 'update' | 'delete';
  readonly key: Row;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly id: string;
}

const same = (a: Exact | undefined, b: Exact | undefined): boolean =>
  a !== undefined && b !== undefined && exactText(a) === exactText(b);

const isZero = (value: Exact | undefined): boolean =>
  value instanceof ExactNumber && (value.text === '-0.0' || value.text === '0');

/** Applies messages to rows and says what of a message does not fit to the rows before it. */
export class Replay {
  readonly #table: Table;
  readonly #fullImages: boolean;
  readonly #moves: boolean;
  readonly #positions: ReadonlyMap<string, number>;
  readonly rows: Row[] = [];
  /** The last deleted row: a change of its key goes on with it. */
  #last: { readonly id: string; readonly row: Row } | null = null;

  /** `moves`: columns change their places meanwhile, so that their order in images says nothing. */
  constructor(table: Table, fullImages: boolean, moves = false) {
    this.#table = table;
    this.#fullImages = fullImages;
    this.#moves = moves;
    this.#positions = new Map(table.columns.map(({ name }, index) => [name, index]));
  }

  truncate(): void {
    this.rows.length = 0;
  }

  apply(message: RowMessage): string[] {
    const problems = [message.before, message.after].flatMap((image) => this.#imageProblems(image));
    switch (message.action) {
      case 'insert':
        problems.push(...this.#insert(message));
        break;
      case 'delete':
        problems.push(...this.#delete(message));
        break;
      default:
        problems.push(...this.#update(message));
    }
    return problems.map((problem) => `${message.action} ${message.id}: ${problem}`);
  }

  #imageProblems(image: Row | null): string[] {
    if (image === null) return [];
    const order = [...image.keys()].map((name) => this.#positions.get(name) ?? -1);
    const strange = order.some((position) => position < 0);
    const unsorted =
      !this.#moves && order.some((position, index) => index > 0 && position < (order[index - 1] ?? 0));
    const missing = this.#fullImages && image.size < this.#positions.size;
    if (!strange && !unsorted && !missing) return [];
    return [`the columns are ${[...image.keys()].join(', ')}, not ${[...this.#positions.keys()].join(', ')}`];
  }

  #keyProblems(message: RowMessage, row: Row): string[] {
    const names = this.#table.key.length > 0 ? this.#table.key : null;
    const whole = message.before ?? message.after ?? new Map<string, Exact>();
    const wanted = new Map(
      names === null ? whole : names.map((name): [string, Exact] => [name, row.get(name) ?? null]),
    );
    if (exactText(wanted) === exactText(message.key)) return [];
    return [`its key is ${exactText(message.key)}, not ${exactText(wanted)}`];
  }

  #insert(message: RowMessage): string[] {
    if (message.before !== null || message.after === null) return ['its images are the wrong way round'];
    const moved =
      message.id.endsWith('+') && this.#last?.id === message.id.slice(0, -1)
        ? this.#last.row
        : new Map<string, Exact>();
    const row = this.#merged(moved, message.after);
    const problems = this.#keyProblems(message, row);
    if (this.#table.key.length > 0 && this.#find(row) >= 0) problems.push('a row with this key is there');
    this.rows.push(row);
    return problems;
  }

  #delete(message: RowMessage): string[] {
    if (message.before === null || message.after !== null) return ['its images are the wrong way round'];
    const at = this.#find(message.before);
    const row = this.rows[at];
    if (row === undefined) return [`there is no such row: ${exactText(message.before)}`];
    this.rows.splice(at, 1);
    this.#last = { id: message.id, row };
    return [...this.#keyProblems(message, row), ...this.#beforeProblems(message.before, row)];
  }

  #update(message: RowMessage): string[] {
    if (message.before === null || message.after === null) return ['one of its images is missing'];
    const at = this.#find(message.before);
    const row = this.rows[at];
    if (row === undefined) return [`there is no such row: ${exactText(message.before)}`];
    this.rows[at] = this.#merged(row, message.after);
    return [...this.#keyProblems(message, row), ...this.#beforeProblems(message.before, row)];
  }

  /** Columns that are computed from changed ones are known no more where the image leaves them out. */
  #merged(row: Row, after: Row): Row {
    const changed = new Map([...row, ...after]);
    for (const { name, generated } of this.#table.columns) {
      if (generated && !after.has(name) && !this.#table.key.includes(name)) changed.delete(name);
    }
    return changed;
  }

  /** By key, or where the table has none by all that the image says; -1 where there is none. */
  #find(image: Row): number {
    const names = this.#table.key.length > 0 ? this.#table.key : [...image.keys()];
    return this.rows.findIndex((row) =>
      names.every((name) => !row.has(name) || this.#same(row.get(name), image.get(name))),
    );
  }

  /** MariaDB's ALTER TABLE makes 0 of -0. */
  #same(a: Exact | undefined, b: Exact | undefined): boolean {
    return same(a, b) || (this.#moves && isZero(a) && isZero(b));
  }

  #beforeProblems(before: Row, row: Row): string[] {
    return [...before].flatMap(([name, value]) => {
      const known = row.get(name);
      if (known === undefined || this.#same(known, value)) return [];
      return [`before, ${name} was ${short(known)}, not ${short(value)}`];
    });
  }
}

export function short(value: Exact): string {
  const text = exactText(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text;
}
