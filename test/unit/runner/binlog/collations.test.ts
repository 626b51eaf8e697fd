import { expect, test } from 'vitest';
import { charsetOf } from '../../../../runner/binlog/collations.ts';

test.each([
  [8, 'latin1'],
  [33, 'utf8mb3'],
  [45, 'utf8mb4'],
  [63, 'binary'],
  [248, 'gb18030'],
  [255, 'utf8mb4'],
  [309, 'utf8mb4'],
  [640, 'ucs2'],
  [1049, 'greek'],
  [1270, 'utf8mb4'],
  [2048, 'utf8mb3'],
  [2304, 'utf8mb4'],
  [2560, 'ucs2'],
  [3015, 'utf16'],
  [3271, 'utf32'],
])('collation %i is of %s', (id, charset) => {
  expect(charsetOf(id)).toBe(charset);
});

test.each([0, 250 + 750, 1300, 3328, 65_535])('collation %i does not exist', (id) => {
  expect(() => charsetOf(id)).toThrow(expect.objectContaining({ code: 'CDC_CHARSET_UNKNOWN' }));
});
