import { expect, test } from 'vitest';
import { parseJsonPath } from '../../../../runner/binlog/json-path.ts';

const member = (name: string): unknown => ({ kind: 'member', name });
const cell = (index: number, fromLast = false): unknown => ({ kind: 'cell', index, fromLast });

test.each([
  ['$', []],
  ['$.a', [member('a')]],
  ['$.a.b[12]', [member('a'), member('b'), cell(12)]],
  ['$."b c"."d.e[0]"', [member('b c'), member('d.e[0]')]],
  ['$."q\\"\\u00e9\\\\"', [member('q"é\\')]],
  ['$.ü$[0][last]', [member('ü$'), cell(0), cell(0, true)]],
  ['$[last-3]', [cell(3, true)]],
  ['$.""', [member('')]],
])('%s', (path, legs) => {
  expect(parseJsonPath(path)).toEqual(legs);
});

test.each(['', 'a', '$a', '$.', '$[', '$[x]', '$."a', '$[1', '$**.a'])('%s is no path', (path) => {
  expect(() => parseJsonPath(path)).toThrow(expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' }));
});
