/** The comparison of the torture list: right messages pass, damaged ones are found. */
import { describe, expect, test } from 'vitest';
import type { Exact } from '../../support/exact-json.ts';
import { caseProblem, type Message, written } from '../../torture/compare-case.ts';
import { readCases, type TortureCase } from '../../torture/parse-cases.ts';

const ROWS = ['insert', 'update', 'delete'];

/** Just what the case wants. */
const perfect = ({ expected }: TortureCase): Message[] =>
  expected.map(({ action, table, images }, index) => ({
    action,
    table,
    before: written(images?.before ?? null),
    after: written(images?.after ?? null),
    id: String(index),
  }));

const isRow = ({ action }: Message): boolean => ROWS.includes(action);
const asMap = (value: Exact): ReadonlyMap<string, Exact> | null =>
  value instanceof Map ? (value as ReadonlyMap<string, Exact>) : null;

/** The image with another column made of this one; undefined: without it. */
function changed(image: Exact, name: string, value: Exact | undefined): Exact {
  const entries = [...(asMap(image) ?? new Map<string, Exact>())];
  return new Map(
    entries.flatMap(([key, old]): [string, Exact][] =>
      key === name ? (value === undefined ? [] : [[key, value]]) : [[key, old]],
    ),
  );
}

function* damaged(messages: readonly Message[]): Generator<[string, Message[]]> {
  for (const [index, message] of messages.entries()) {
    const replaced = (other: Message): Message[] => messages.map((item, at) => (at === index ? other : item));
    yield [`${message.action} ${index} lost`, messages.filter((_item, at) => at !== index)];
    if (!isRow(message)) continue;
    yield [`row ${index} twice`, messages.toSpliced(index, 0, { ...message, id: 'x' })];
    yield [
      `row ${index} of another action`,
      replaced({ ...message, action: message.action === 'insert' ? 'delete' : 'insert' }),
    ];
    yield [
      `row ${index} turned round`,
      replaced({ ...message, before: message.after, after: message.before }),
    ];
    for (const part of ['before', 'after'] as const) {
      for (const name of asMap(message[part])?.keys() ?? []) {
        yield [
          `${part}.${name} absent`,
          replaced({ ...message, [part]: changed(message[part], name, undefined) }),
        ];
        yield [
          `${part}.${name} wrong`,
          replaced({ ...message, [part]: changed(message[part], name, 'no such value') }),
        ];
      }
    }
  }
}

/** Values for which another text is as good, and updates that change nothing in an image. */
const cantTell = (name: string, messages: readonly Message[]): boolean => {
  const [, part, column] = /^(before|after)\.(.*) wrong$/.exec(name) ?? [];
  if (part !== undefined) {
    return messages.some((message) => {
      const value = asMap(part === 'before' ? message.before : message.after)?.get(column ?? '');
      return asMap(value ?? null)?.has('$any') === true;
    });
  }
  const [, row] = /^row (\d+) turned round$/.exec(name) ?? [];
  const message = messages[Number(row)];
  return message !== undefined && message.action === 'update' && sameImages(message);
};

/** An update whose two images are alike. */
const sameImages = ({ before, after }: Message): boolean => {
  const [a, b] = [asMap(before), asMap(after)];
  return JSON.stringify([...(a ?? [])]) === JSON.stringify([...(b ?? [])]);
};

describe.each(['mysql97', 'mysql57', 'mariadb'] as const)('%s', (server) => {
  const cases = readCases(server).filter(({ slow }) => !slow);

  test('right messages pass', () => {
    expect(cases.length).toBeGreaterThan(55);
    const problems = cases
      .map((item) => caseProblem(item, perfect(item)))
      .filter((problem) => problem !== null);
    expect(problems).toEqual([]);
  });

  test('damaged ones are found', () => {
    let found = 0;
    const missed: string[] = [];
    for (const item of cases) {
      const messages = perfect(item);
      if (messages.length > 20) continue;
      for (const [name, bad] of damaged(messages)) {
        if (caseProblem(item, bad) !== null) found += 1;
        else if (!cantTell(name, messages)) missed.push(`${item.id}: ${name}`);
      }
    }
    expect(missed).toEqual([]);
    expect(found).toBeGreaterThan(1_000);
  });
});
