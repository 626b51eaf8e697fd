import { type Exact, ExactNumber, exactText, sameExact } from '../support/exact-json.ts';
import type { Expectation, TortureCase } from './parse-cases.ts';

export interface Message {
  readonly action: string;
  /** `database.table`, or the database alone. */
  readonly table: string;
  readonly before: Exact;
  readonly after: Exact;
  readonly id: string;
}

const ROW_ACTIONS = ['insert', 'update', 'delete'];
const isRow = ({ action }: { readonly action: string }): boolean => ROW_ACTIONS.includes(action);

/** What stands for a long value, or undefined. */
function expanded(value: Exact): Exact | undefined {
  if (!(value instanceof Map) || value.size !== 1) return undefined;
  const [[name, parts]] = [...value] as [[string, Exact]];
  const [first, second] = Array.isArray(parts) ? (parts as readonly Exact[]) : [];
  const number = (item: Exact | undefined): number =>
    item instanceof ExactNumber ? Number(item.text) : Number.NaN;
  switch (name) {
    case '$repeat':
      return String(first).repeat(number(second));
    case '$b64repeat':
      return Buffer.from(String(first).repeat(number(second))).toString('base64');
    case '$seq':
      return Array.from(
        { length: number(second) - number(first) + 1 },
        (_item, index) => new ExactNumber(String(number(first) + index)),
      );
    default:
      return undefined;
  }
}

/** Long values anywhere inside of it written out. */
export function written(value: Exact): Exact {
  const long = expanded(value);
  if (long !== undefined) return long;
  if (Array.isArray(value)) return (value as readonly Exact[]).map(written);
  if (value instanceof Map)
    return new Map([...(value as ReadonlyMap<string, Exact>)].map(([name, item]) => [name, written(item)]));
  return value;
}

const isAny = (value: Exact): boolean => value instanceof Map && value.has('$any');

const short = (value: Exact | undefined): string => {
  const text = value === undefined ? 'absent' : exactText(value);
  return text.length > 120 ? `${text.slice(0, 120)}… (${text.length})` : text;
};

/** Columns in their order, absent told from null. */
function imageProblem(wanted: Exact, got: Exact): string | null {
  if (!(wanted instanceof Map) || !(got instanceof Map)) {
    return wanted === got ? null : `${short(got)} instead of ${short(wanted)}`;
  }
  const [names, found] = [[...wanted.keys()].join(), [...got.keys()].join()];
  if (names !== found) return `columns ${found.slice(0, 200)} instead of ${names.slice(0, 200)}`;
  for (const [name, value] of wanted as ReadonlyMap<string, Exact>) {
    const other: Exact | undefined = got.get(name) as Exact | undefined;
    if (isAny(value) ? other === null : !sameExact(written(value), other ?? null, true)) {
      return `${name}: ${short(other)} instead of ${short(value)}`;
    }
  }
  return null;
}

function rowProblem(wanted: Expectation, got: Message): string | null {
  if (wanted.action !== got.action) return `${got.action} instead of ${wanted.action}`;
  const before = imageProblem(wanted.images?.before ?? null, got.before);
  if (before !== null) return `before: ${before}`;
  const after = imageProblem(wanted.images?.after ?? null, got.after);
  return after === null ? null : `after: ${after}`;
}

const ddlProblem = (wanted: Expectation, got: Message): string | null =>
  wanted.action === got.action
    ? null
    : `it is missing before ${got.action} ${short(got.after ?? got.before)}`;

/** Rows and schema changes of one table in their order; more schema changes than wanted may come. */
function tableProblem(table: string, wanted: readonly Expectation[], got: readonly Message[]): string | null {
  let at = 0;
  for (const [index, expectation] of wanted.entries()) {
    const wants = isRow(expectation);
    while (at < got.length && !isWanted(got[at], expectation, wants)) at += 1;
    const message = got[at];
    if (message === undefined) return `${table}: ${expectation.action} ${index} is missing`;
    const problem = wants ? rowProblem(expectation, message) : ddlProblem(expectation, message);
    if (problem !== null) return `${table}: ${expectation.action} ${index}: ${problem}`;
    at += 1;
  }
  const more = got.slice(at).filter(isRow);
  return more.length === 0
    ? null
    : `${table}: ${more.length} rows too many, first ${short(more[0]?.after ?? more[0]?.before)}`;
}

/** Looking for a row stops at any row, looking for a schema change at a row or a change of the kind. */
function isWanted(message: Message | undefined, wanted: Expectation, wantsRow: boolean): boolean {
  if (message === undefined) return false;
  return isRow(message) || (!wantsRow && message.action === wanted.action);
}

function countProblem(wanted: Expectation, messages: readonly Message[]): string | null {
  const { rows, column } = wanted.count ?? { rows: 0, column: '' };
  const found = messages.filter(({ table, action }) => table === wanted.table && action === wanted.action);
  const different = new Set(
    found.map(({ after }) => (after instanceof Map ? exactText(after.get(column) ?? null) : '')),
  );
  if (found.length === rows && different.size === rows) return null;
  return `${found.length} rows, ${different.size} different ones, instead of ${rows}`;
}

/** What is wrong with the messages of a case; null is right. */
export function caseProblem(item: TortureCase, messages: readonly Message[]): string | null {
  const counted = item.expected.find(({ count }) => count !== null);
  if (counted !== undefined) return countProblem(counted, messages);
  const rows = messages.filter((message) => isRow(message) && !item.extraTables.includes(message.table));
  const wantedTables = item.expected.map(({ table }) => table);
  for (const table of new Set([...wantedTables, ...rows.map((row) => row.table)])) {
    const problem = tableProblem(
      table,
      item.expected.filter((expectation) => expectation.table === table),
      messages.filter((message) => message.table === table),
    );
    if (problem !== null) return problem;
  }
  const ids = rows.map(({ id }) => id);
  return new Set(ids).size === ids.length ? null : 'ids come twice';
}
