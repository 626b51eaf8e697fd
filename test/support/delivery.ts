import type { ReadMessage } from '../../cli/demo/topic-reader.ts';

/** A committed change of one row, as the message about it must show it. `seq` is a column that every write sets. */
export interface Written {
  readonly table: string;
  readonly id: number;
  readonly action: 'insert' | 'update' | 'delete';
  readonly seq: number;
}

const PROBLEMS_MAX = 10;

/**
 * Whether the messages bring what was written: every change at least once, first occurrences of each key in the
 * order of the writes, repeats with the same id and content and never leaping ahead, the last message of a key
 * its last change, and nothing that was not written. Gives what is wrong, the first few.
 */
export function deliveryProblems(written: readonly Written[], messages: readonly ReadMessage[]): string[] {
  const wanted = Map.groupBy(written, (change) => `${change.table} {"id":${change.id}}`);
  const got = Map.groupBy(messages, (message) => `${message.value.table} ${message.key}`);
  const problems = contentProblems(messages);
  for (const [key, changes] of wanted) problems.push(...keyProblems(key, changes, got.get(key) ?? []));
  for (const key of got.keys()) if (!wanted.has(key)) problems.push(`${key}: was never written`);
  return problems.slice(0, PROBLEMS_MAX);
}

/** Messages beyond the first with the same id. */
export function repeats(messages: readonly ReadMessage[]): number {
  return messages.length - new Set(messages.map((message) => message.value.id)).size;
}

/** The same id must always carry the same bytes to the same topic and partition. */
function contentProblems(messages: readonly ReadMessage[]): string[] {
  const contents = new Map<string, string>();
  const problems: string[] = [];
  for (const { topic, partition, key, value } of messages) {
    const content = JSON.stringify([topic, partition, key, value]);
    const known = contents.get(value.id);
    if (known === undefined) contents.set(value.id, content);
    else if (known !== content) problems.push(`id ${value.id} carries ${known} and ${content}`);
  }
  return problems;
}

function keyProblems(key: string, wanted: readonly Written[], got: readonly ReadMessage[]): string[] {
  const expected = wanted.map((change) => `${change.action} ${change.seq}`);
  const problems: string[] = [];
  let reached = -1;
  let last = -1;
  for (const message of got) {
    const { action, before, after } = message.value;
    const at = expected.indexOf(`${action} ${(after ?? before)?.seq}`);
    if (at < 0) problems.push(`${key}: ${action} ${JSON.stringify(after ?? before)} was never written`);
    else if (at > last + 1)
      problems.push(`${key}: ${expected[at]} came right after ${expected[last] ?? 'nothing'}`);
    last = at;
    reached = Math.max(reached, at);
  }
  for (const missing of expected.slice(reached + 1)) problems.push(`${key}: ${missing} is missing`);
  if (problems.length === 0 && last !== reached) problems.push(`${key}: ends with ${expected[last]}`);
  return problems;
}
