import { type Exact, ExactNumber, parseExact } from '../support/exact-json.ts';
import { caseProblem, type Message } from './compare-case.ts';
import type { TortureCase } from './parse-cases.ts';
import { MARKS } from './sessions.ts';

export interface Outcome {
  readonly item: TortureCase;
  /** null: it passed. */
  readonly problem: string | null;
}

const member = (value: Exact, name: string): Exact =>
  value instanceof Map ? ((value.get(name) as Exact | undefined) ?? null) : null;
const text = (value: Exact): string => (typeof value === 'string' ? value : '');

function messageOf(value: Exact): Message {
  const [database, table] = [text(member(value, 'database')), text(member(value, 'table'))];
  return {
    action: text(member(value, 'action')),
    table: table === '' ? database : `${database}.${table}`,
    before: member(value, 'before'),
    after: member(value, 'after'),
    id: text(member(value, 'id')),
  };
}

/** The id of a mark, or null for a line of a case. */
export function markOf(line: string): number | null {
  if (!line.startsWith(`{"database":"${MARKS}",`)) return null;
  const id = member(member(parseExact(line), 'after'), 'id');
  return id instanceof ExactNumber ? Number(id.text) : null;
}

/** Lines by the mark before them; those before the first mark are dropped. */
export function byMark(lines: readonly string[]): Map<number, string[]> {
  const parts = new Map<number, string[]>();
  let part: string[] = [];
  for (const line of lines) {
    const mark = markOf(line);
    if (mark === null) part.push(line);
    else {
      part = [];
      parts.set(mark, part);
    }
  }
  return parts;
}

/** `repeats`: the stream was killed, so messages may come again with the same id. */
export function judge(item: TortureCase, lines: readonly string[], repeats: boolean): string | null {
  const secret = item.secrets.find((word) => lines.some((line) => line.includes(word)));
  if (secret !== undefined) return `the secret ${secret} came out`;
  const messages = lines.map((line) => messageOf(parseExact(line)));
  const seen = new Set<string>();
  const once = messages.filter(({ id }) => {
    const again = seen.has(id);
    seen.add(id);
    return !(repeats && again);
  });
  return caseProblem(item, once);
}
