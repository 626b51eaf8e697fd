import { describe, expect, test } from 'vitest';
import { jsonText } from '../../../../../runner/binlog/columns/json.ts';
import { binaryJson, type JsonInput } from '../../../../support/binary-json.ts';
import { bytes } from '../../../../support/columns.ts';

const text = (value: JsonInput): string => jsonText(binaryJson(value));
const corrupt = expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' });

describe('scalars', () => {
  test.each([
    [null, 'null'],
    [true, 'true'],
    [false, 'false'],
    [0, '0'],
    [-32_768, '-32768'],
    [65_535, '65535'],
    [-2_147_483_648, '-2147483648'],
    [4_294_967_295, '4294967295'],
    [-9_223_372_036_854_775_808n, '-9223372036854775808'],
    [9_223_372_036_854_775_807n, '9223372036854775807'],
    [18_446_744_073_709_551_615n, '18446744073709551615'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    ['', '""'],
    ['é\u{1f600}"\\\n\u0000\u2028', '"é\u{1f600}\\"\\\\\\n\\u0000\u2028"'],
  ] as const)('%s is %s', (value, json) => {
    expect(text(value)).toBe(json);
  });

  test('a document without bytes is null', () => {
    expect(jsonText(Buffer.alloc(0))).toBe('null');
  });
});

describe('opaque values', () => {
  const temporal = (packed: bigint): Buffer => {
    const value = Buffer.alloc(8);
    value.writeBigInt64LE(packed);
    return value;
  };
  const seconds = (packed: number): bigint => BigInt(packed) << 24n;
  const date = BigInt(((2024 * 13 + 2) << 5) | 29) << 41n;

  test.each([
    ['a date', 10, temporal(date), '"2024-02-29"'],
    [
      'a date and time',
      12,
      temporal(date + seconds((23 << 12) | (59 << 6) | 58) + 1n),
      '"2024-02-29 23:59:58.000001"',
    ],
    ['a timestamp', 7, temporal(date), '"2024-02-29 00:00:00.000000"'],
    ['a time', 11, temporal(seconds((838 << 12) | (59 << 6) | 59)), '"838:59:59.000000"'],
    ['a negative time', 11, temporal(-(seconds((30 << 12) | (59 << 6) | 59) + 1n)), '"-30:59:59.000001"'],
    ['a decimal', 246, bytes('0502 807b2d'), '123.45'],
    [
      'a decimal of 66 digits',
      246,
      Buffer.concat([bytes('421e'), bytes(`bb9ac9ff${'00000000'.repeat(6)}0000`)]),
      null,
    ],
    ['a blob', 252, Buffer.from('abc'), '"base64:type252:YWJj"'],
    ['bits', 16, bytes('05'), '"base64:type16:BQ=="'],
  ] as const)('%s', (_what, opaque, value, json) => {
    if (json === null) expect(text({ opaque, value })).toMatch(/^999999999\d{27}\.\d{30}$/);
    else expect(text({ opaque, value })).toBe(json);
  });

  test('base64 breaks its lines as the server does, and not at the end', () => {
    const line = Buffer.alloc(57, 'z');
    const encoded = line.toString('base64');
    expect(text({ opaque: 15, value: line })).toBe(`"base64:type15:${encoded}"`);
    const two = Buffer.concat([line, line]);
    expect(text({ opaque: 15, value: two })).toBe(`"base64:type15:${encoded}\\n${encoded}"`);
  });

  test.each([
    ['a decimal whose length is another', 246, bytes('0502 80')],
    ['a decimal with more scale than digits', 246, bytes('0203 8000')],
    ['a date of 3 bytes', 10, bytes('000000')],
  ])('%s is an error', (_what, opaque, value) => {
    expect(() => text({ opaque, value })).toThrow(corrupt);
  });
});

describe('containers', () => {
  test('are written without blanks, members in the stored order', () => {
    const value = new Map<string, JsonInput>([
      ['aa', [1, [], new Map()]],
      ['b', 'x'],
      ['', null],
    ]);
    expect(text(value)).toBe('{"":null,"b":"x","aa":[1,[],{}]}');
  });

  test('hold integers of 32 bits inline in the large format only', () => {
    const long = 'v'.repeat(70_000);
    const numbers = [1, 65_535, 70_000, 4_000_000_000, 2 ** 40];
    expect(text(numbers)).toBe('[1,65535,70000,4000000000,1099511627776]');
    expect(text([long, ...numbers])).toBe(`["${long}",1,65535,70000,4000000000,1099511627776]`);
    expect(
      text(
        new Map<string, JsonInput>([
          ['k', long],
          ['n', 70_000],
        ]),
      ),
    ).toBe(`{"k":"${long}","n":70000}`);
  });

  test('may have holes, which updates in place leave', () => {
    // ["abcd"] whose string was shortened to "ab": 2 bytes nobody points to, another one before it
    expect(jsonText(bytes('02 0100 0c00 0c0800 ff 026162 ff'))).toBe('["ab"]');
  });

  test('nest 100 deep, as in the server, and no deeper', () => {
    const nested = (depth: number): JsonInput => (depth === 1 ? [] : [nested(depth - 1)]);
    expect(text(nested(100))).toBe(`${'['.repeat(100)}${']'.repeat(100)}`);
    expect(() => text(nested(101))).toThrow(corrupt);
  });
});

describe('damage', () => {
  test.each([
    ['an unknown type', '0d00'],
    ['an unknown literal', '0403'],
    ['an integer cut off', '0700'],
    ['a string longer than the document', '0c0561'],
    ['a length without end', '0cffffffffff'],
    ['a double that is not finite', '0b000000000000f07f'],
    ['a container larger than the document', '020000ff00'],
    ['more entries than there is room for', '02ffff0400'],
    ['a value behind the end of its container', '02 0100 0700 0cff00'],
    ['an array that holds itself', '02 0100 0700 020000'],
    ['a key behind the end', '00 0100 0b00 0b000100 040000'],
  ])('%s is an error', (_what, hex) => {
    expect(() => jsonText(bytes(hex))).toThrow(corrupt);
  });

  test('values that overlap are an error before they become a text without end', () => {
    // 60 levels, each an array whose two entries both point to the next level
    const levels = 60;
    const parts: Buffer[] = [];
    let inner = bytes('0000 0400');
    for (let level = 0; level < levels; level += 1) {
      const head = Buffer.alloc(10);
      head.writeUInt16LE(2, 0);
      head.writeUInt16LE(10 + inner.length, 2);
      for (const entry of [4, 7]) {
        head.writeUInt8(2, entry);
        head.writeUInt16LE(10, entry + 1);
      }
      inner = Buffer.concat([head, inner]);
      parts.push(head);
    }
    expect(() => jsonText(Buffer.concat([bytes('02'), inner]))).toThrow('overlap');
    expect(parts).toHaveLength(levels);
  });

  test('every prefix of a document is an error', () => {
    const document = binaryJson(
      new Map<string, JsonInput>([
        ['a', [1, 'two', 2.5, 2 ** 40]],
        ['b', new Map([['c', 'd']])],
      ]),
    );
    for (let length = 1; length < document.length; length += 1) {
      expect(() => jsonText(document.subarray(0, length)), `${length} bytes`).toThrow(corrupt);
    }
  });
});
