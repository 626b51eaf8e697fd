/** What the oracle finds: a message that is wrong in one place. */
import { describe, expect, test } from 'vitest';
import { tableDifferences } from '../../oracle/compare.ts';
import { Replay, type Row, type RowMessage } from '../../oracle/replay.ts';
import type { Column, Table } from '../../oracle/table.ts';
import { type Exact, parseExact } from '../../support/exact-json.ts';

const column = (name: string, kind: Column['kind'], generated = false): Column => ({
  name,
  quoted: `\`${name}\``,
  sql: kind,
  kind,
  literal: () => 'NULL',
  key: 'yes',
  blob: false,
  bytes: 1,
  notNull: false,
  generated,
});

function table(...key: string[]): Table {
  const columns = [column('id', 'integer'), column('t', 'text'), column('g', 'integer', true)];
  return { name: 't', quoted: '`t`', columns, key, create: '', transactional: true };
}

function row(text: string): Row {
  const value = parseExact(text);
  if (value instanceof Map) return value as ReadonlyMap<string, Exact>;
  throw new Error('not a row');
}

let ids = 0;

function message(
  action: RowMessage['action'],
  key: string,
  before: string | null,
  after: string | null,
): RowMessage {
  ids += 1;
  return {
    action,
    id: String(ids),
    key: row(key),
    before: before === null ? null : row(before),
    after: after === null ? null : row(after),
  };
}

const A = '{"id":1,"t":"a","g":2}';
const B = '{"id":1,"t":"b","g":2}';

describe('a table with a key', () => {
  test('follows inserts, updates and deletes', () => {
    const replay = new Replay(table('id'), true);
    expect(replay.apply(message('insert', '{"id":1}', null, A))).toEqual([]);
    expect(replay.apply(message('update', '{"id":1}', A, B))).toEqual([]);
    expect(tableDifferences(table('id'), replay.rows, [{ id: '1', t: '62', g: '2' }], quirks)).toEqual([]);
    expect(replay.apply(message('delete', '{"id":1}', B, null))).toEqual([]);
    expect(replay.rows).toEqual([]);
  });

  const wrong: readonly [string, RowMessage][] = [
    ['a key that is there already', message('insert', '{"id":1}', null, B)],
    ['images the wrong way round', message('update', '{"id":1}', B, A)],
    ['an old value that it never had', message('delete', '{"id":1}', B, null)],
    ['a row that is not there', message('delete', '{"id":2}', '{"id":2,"t":"a","g":2}', null)],
    ['a column too few', message('update', '{"id":1}', A, '{"id":1,"t":"b"}')],
    ['columns in another order', message('update', '{"id":1}', A, '{"t":"b","id":1,"g":2}')],
    ['a wrong message key', message('update', '{"id":2}', A, B)],
    ['an absent image', message('update', '{"id":1}', A, null)],
  ];
  test.each(wrong)('tells %s', (_what, bad) => {
    const replay = new Replay(table('id'), true);
    replay.apply(message('insert', '{"id":1}', null, A));
    expect(replay.apply(bad)).not.toEqual([]);
  });
});

test('without a key rows are told apart by all they hold', () => {
  const replay = new Replay(table(), true);
  for (const text of [A, A, B]) expect(replay.apply(message('insert', text, null, text))).toEqual([]);
  expect(replay.apply(message('delete', A, A, null))).toEqual([]);
  expect(replay.rows).toEqual([row(A), row(B)]);
});

test('an image of some columns leaves the others as they were, but for computed ones', () => {
  const replay = new Replay(table('id'), false);
  replay.apply(message('insert', '{"id":1}', null, A));
  expect(replay.apply(message('update', '{"id":1}', '{"id":1}', '{"t":"b"}'))).toEqual([]);
  expect(replay.rows).toEqual([row('{"id":1,"t":"b"}')]);
});

const quirks = { wholeDoubles: false, hidesZeroSign: false };

test.each([
  ['another value', [{ id: '1', t: '63', g: '2' }]],
  ['NULL instead of a value', [{ id: '1', t: null, g: '2' }]],
  ['a row too many', []],
  [
    'a row too few',
    [
      { id: '1', t: '61', g: '2' },
      { id: '2', t: '61', g: '2' },
    ],
  ],
])('tells %s', (_what, selected) => {
  expect(tableDifferences(table('id'), [row(A)], selected, quirks)).toHaveLength(1);
});
