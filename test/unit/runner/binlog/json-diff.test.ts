import { expect, test } from 'vitest';
import type { Cursor } from '../../../../runner/binlog/columns/cursor.ts';
import { readJsonDiffs } from '../../../../runner/binlog/json-diff.ts';
import { binaryJson, type JsonInput } from '../../../support/binary-json.ts';

type Diff = readonly [operation: number, path: string, value?: JsonInput];

function packed(bytes: Buffer): Buffer {
  if (bytes.length < 251) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = Buffer.from([252, bytes.length & 0xff, bytes.length >> 8]);
  return Buffer.concat([length, bytes]);
}

function encode(diffs: readonly Diff[]): Buffer {
  const parts = diffs.map(([operation, path, value]) => {
    const head = [Buffer.from([operation]), packed(Buffer.from(path))];
    return Buffer.concat(value === undefined ? head : [...head, packed(binaryJson(value))]);
  });
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

function apply(before: JsonInput, ...diffs: readonly Diff[]): string {
  const bytes = encode(diffs);
  const cursor: Cursor = { bytes, at: 0, end: bytes.length };
  const text = readJsonDiffs(cursor, binaryJson(before));
  expect(cursor.at).toBe(bytes.length);
  return text;
}

const REPLACE = 0;
const INSERT = 1;
const REMOVE = 2;
const object = (members: Record<string, JsonInput>): JsonInput => new Map(Object.entries(members));
const document = object({ a: 1, l: [1, 2, 3], o: object({ 'k e.y': null }) });

test('no diff leaves the document', () => {
  expect(apply(document)).toBe('{"a":1,"l":[1,2,3],"o":{"k e.y":null}}');
});

test('members are replaced, inserted in the server\u2019s order, and removed', () => {
  expect(
    apply(document, [REPLACE, '$.a', 'x'], [INSERT, '$.b', true], [INSERT, '$.aa', 2.5], [REMOVE, '$.o']),
  ).toBe('{"a":"x","b":true,"l":[1,2,3],"aa":2.5}');
});

test('cells are replaced, inserted before others or at the end, and removed', () => {
  expect(apply(document, [REPLACE, '$.l[0]', 9])).toContain('[9,2,3]');
  expect(apply(document, [INSERT, '$.l[1]', 9])).toContain('[1,9,2,3]');
  expect(apply(document, [INSERT, '$.l[17]', 9])).toContain('[1,2,3,9]');
  expect(apply(document, [REMOVE, '$.l[2]'])).toContain('[1,2]');
  expect(apply(document, [REMOVE, '$.l[last]'])).toContain('[1,2]');
});

test('each diff finds the document as those before it left it', () => {
  expect(
    apply(document, [REMOVE, '$.l[0]'], [REPLACE, '$.l[0]', object({})], [INSERT, '$.l[0].n', [1]]),
  ).toContain('[{"n":[1]},3]');
});

test('quoted names and long values', () => {
  const long = 'v'.repeat(300);
  expect(apply(document, [REPLACE, '$.o."k e.y"', long])).toContain(`{"k e.y":"${long}"}`);
});

test('a scalar counts as an array of one on the way', () => {
  expect(apply(object({ a: object({ b: 1 }) }), [REPLACE, '$.a[0].b', 2])).toBe('{"a":{"b":2}}');
});

test('the whole document can be replaced', () => {
  expect(apply(document, [REPLACE, '$', 7])).toBe('7');
});

test.each<[string, readonly Diff[]]>([
  ['replacing what is not there', [[REPLACE, '$.zz', 1]]],
  ['replacing a cell behind the end', [[REPLACE, '$.l[3]', 1]]],
  ['inserting a member that is there', [[INSERT, '$.a', 1]]],
  ['inserting a member into an array', [[INSERT, '$.l.a', 1]]],
  ['removing what is not there', [[REMOVE, '$.zz']]],
  ['removing the document', [[REMOVE, '$']]],
  ['a path through nothing', [[REPLACE, '$.zz.a', 1]]],
  ['an unknown operation', [[3, '$.a']]],
])('%s is an error', (_what, diffs) => {
  expect(() => apply(document, ...diffs)).toThrow(expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' }));
});

test('every prefix of the diffs is an error', () => {
  const whole = encode([
    [REPLACE, '$.a', 'x'],
    [REMOVE, '$.l[0]'],
  ]);
  for (let length = 0; length < whole.length; length += 1) {
    const bytes = whole.subarray(0, length);
    const read = (): unknown => readJsonDiffs({ bytes, at: 0, end: length }, binaryJson(document));
    expect(read, `${length} bytes`).toThrow(expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' }));
  }
});
