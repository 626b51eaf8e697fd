import { describe, expect, test } from 'vitest';
import { encodeValue } from '../../../../runner/format/value.ts';
import { column } from '../../../support/columns.ts';

const float = (value: number): string => encodeValue(column('float'), Math.fround(value));

describe('FLOAT is the shortest text that reads back to the same float32', () => {
  test.each([
    [0.1, '0.1'],
    [-0, '-0.0'],
    [0, '0'],
    [16_777_217, '16777216'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.1754943508222875e-38, '1.1754944e-38'],
    [1.401298464324817e-45, '1e-45'],
    [-1.5, '-1.5'],
    [1e10, '10000000000'],
    [33_554_436, '33554436'],
    [2 ** -96, '1.2621775e-29'],
    [-(2 ** 90), '-1.2379401e+27'],
  ])('%d is %s', (value, text) => {
    expect(float(value)).toBe(text);
    expect(Math.fround(Number(text))).toBe(Math.fround(value));
  });
});

test('DOUBLE is shortest, and keeps the sign of zero', () => {
  const values = [0.1, -0, 0, 1e22, 5e-324, 1.7976931348623157e308, 9_007_199_254_740_992];
  expect(values.map((value) => encodeValue(column('double'), value))).toEqual([
    ...['0.1', '-0.0', '0', '1e+22', '5e-324', '1.7976931348623157e+308', '9007199254740992'],
  ]);
});

test('integers have all their digits', () => {
  expect(encodeValue(column('bigint'), 18_446_744_073_709_551_615n)).toBe('18446744073709551615');
  expect(encodeValue(column('int'), -2_147_483_648)).toBe('-2147483648');
});

test('DECIMAL, BIT, dates and text are strings, escaped as JSON wants it', () => {
  expect(encodeValue(column('decimal'), '12.50')).toBe('"12.50"');
  expect(encodeValue(column('bit'), '18446744073709551615')).toBe('"18446744073709551615"');
  expect(encodeValue(column('text'), 'a"\\\n\u0000\u{1f600}')).toBe('"a\\"\\\\\\n\\u0000\u{1f600}"');
});

test('bytes are base64', () => {
  expect(encodeValue(column('binary'), Buffer.from('ff0000', 'hex'))).toBe('"/wAA"');
  expect(encodeValue(column('blob'), new Uint8Array())).toBe('""');
});

test('JSON is written as it is, GEOMETRY with its SRID, VECTOR as shortest float32', () => {
  expect(encodeValue(column('json'), { json: '{"a":[1.50,-0.0]}' })).toBe('{"a":[1.50,-0.0]}');
  const geometry = { srid: 4326, wkb: Buffer.from('0101', 'hex') };
  expect(encodeValue(column('geometry'), geometry)).toBe('{"srid":4326,"wkb_hex":"0101"}');
  expect(encodeValue(column('vector'), Float32Array.of(1.05, -17.8, 32, -0))).toBe('[1.05,-17.8,32,-0.0]');
});

test('NULL is null; a column that is not in the image has no text', () => {
  expect(encodeValue(column('int'), null)).toBe('null');
  expect(() => encodeValue(column('int'), undefined)).toThrow('is in the image');
});
