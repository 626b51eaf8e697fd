import { expect, test } from 'vitest';
import { type Kind, sameValue } from '../../oracle/kinds.ts';
import { parseExact } from '../../support/exact-json.ts';

const quirks = { wholeDoubles: false, hidesZeroSign: false };

test.each<[Kind, string, string | null, boolean]>([
  ['integer', '18446744073709551615', '18446744073709551615', true],
  ['integer', '18446744073709551616', '18446744073709551615', false],
  ['integer', '"1"', '1', false],
  ['integer', 'null', null, true],
  ['integer', 'null', '0', false],
  ['float', '0.1', '0.10000000149011612', true],
  ['float', '0.10000000149011612', '0.10000000149011612', false],
  ['float', '-0.0', '-0', true],
  ['float', '0', '-0', false],
  ['double', '0.1', '0.1', true],
  ['double', '0.10000000000000001', '0.1', false],
  ['double', '1e+22', '1e22', true],
  ['text', '"ä"', 'C3A4', true],
  ['text', '"a"', 'C3A4', false],
  ['bytes', '"/wA="', 'FF00', true],
  ['utc', '"2024-01-01T00:00:00Z"', '2024-01-01 00:00:00', true],
  ['json', '{"a":1,"b":[1.50]}', '{"b": [1.50], "a": 1}', true],
  ['json', '{"a":1}', '{"a": 1.0}', false],
  ['json', '[-0.0]', '[0.0]', false],
  ['json', '[12345678901234567891]', '[12345678901234567890]', false],
  ['geometry', '{"srid":1,"wkb_hex":"01"}', '0100000001', true],
  ['vector', '[1,0.1]', '0000803FCDCCCC3D', true],
  ['vector', '[1]', '0000803FCDCCCC3D', false],
])('%s %s is %s: %s', (kind, message, selected, same) => {
  expect(sameValue(kind, parseExact(message), selected, quirks)).toBe(same);
});
