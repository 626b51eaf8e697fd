import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import { COLUMN_TYPE } from '../../../../runner/binlog/column-types.ts';
import { jsonText } from '../../../../runner/binlog/columns/json.ts';
import { jsonTree, jsonTreeText } from '../../../../runner/binlog/json-tree.ts';
import { encodeValue } from '../../../../runner/format/value.ts';
import { binaryJson, type JsonInput } from '../../../support/binary-json.ts';
import { column, readValue } from '../../../support/columns.ts';

/** The server's binary form of a decimal, by the manual's description and not by our code. */
function binaryDecimal(negative: boolean, whole: string, fraction: string): Buffer {
  const bytesOf = (digits: number): number => Math.ceil((digits * 4) / 9);
  const put = (digits: string): Buffer => {
    const bytes = Buffer.alloc(bytesOf(digits.length));
    if (digits.length > 0) bytes.writeUIntBE(Number(digits), 0, bytes.length);
    return bytes;
  };
  const groups = (digits: string): string[] => digits.match(/.{9}/g) ?? [];
  const head = whole.length % 9;
  const tail = fraction.length - (fraction.length % 9);
  const bytes = Buffer.concat([
    put(whole.slice(0, head)),
    ...groups(whole.slice(head)).map(put),
    ...groups(fraction.slice(0, tail)).map(put),
    put(fraction.slice(tail)),
  ]);
  bytes[0] = (bytes[0] ?? 0) ^ 0x80;
  return negative ? Buffer.from(bytes.map((byte) => ~byte)) : bytes;
}

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength }).map((list) => list.join(''));

test('every decimal comes back with all its digits', () => {
  fc.assert(
    fc.property(fc.boolean(), digits(35), digits(30), (negative, whole, fraction) => {
      fc.pre(whole.length + fraction.length > 0);
      const shape = column('decimal', { precision: whole.length + fraction.length, scale: fraction.length });
      const text = `${whole.replace(/^0+/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`;
      expect(readValue(shape, binaryDecimal(negative, whole, fraction))).toBe(
        `${negative ? '-' : ''}${text}`,
      );
    }),
  );
});

test('every TIME(6) comes back, of both signs', () => {
  const micros = fc.integer({ min: -3_020_399_999_999, max: 3_020_399_999_999 });
  fc.assert(
    fc.property(micros, (value) => {
      const absolute = Math.abs(value);
      const second = Math.floor(absolute / 1e6);
      const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60] as const;
      const packed = ((parts[0] * 64 + parts[1]) * 64 + parts[2]) * 2 ** 24 + (absolute % 1e6);
      const wire = Buffer.alloc(6);
      wire.writeUIntBE(0x80_0000 * 2 ** 24 + (value < 0 ? -packed : packed), 0, 6);
      const [hours, minutes, seconds] = parts.map((part) => String(part).padStart(2, '0'));
      const fraction = String(absolute % 1e6).padStart(6, '0');
      const shape = column('time', { wireType: COLUMN_TYPE.TIME2, fraction: 6 });
      expect(readValue(shape, wire)).toBe(
        `${value < 0 ? '-' : ''}${hours}:${minutes}:${seconds}.${fraction}`,
      );
    }),
  );
});

test('the text of a float32 is JSON, and reads back to it', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = encodeValue(column('float'), value);
      expect(Math.fround(JSON.parse(text))).toBe(value);
      expect(text.replace(/^-|\.0$|[.]|e.*$/g, '').replace(/^0+|0+$/g, '').length).toBeLessThanOrEqual(9);
    }),
  );
});

describe('binary JSON', () => {
  const json: fc.Arbitrary<JsonInput> = fc.letrec<{ value: JsonInput }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, true, false),
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5, noNullPrototype: true })
        .map((members) => new Map(Object.entries(members))),
    ),
  })).value;

  const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
    a < b ? -1 : 1;

  /** Lossless: numbers as their text, integers and doubles alike. */
  function plain(value: JsonInput): unknown {
    if (value instanceof Map) {
      return { object: [...value].map(([key, item]) => [key, plain(item)] as const).sort(byKey) };
    }
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value === 'number' || typeof value === 'bigint') {
      return { number: Object.is(value, -0) ? '-0' : String(value) };
    }
    return value;
  }

  function parsed(text: string): unknown {
    const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown => {
      if (typeof value === 'number') {
        const source = context?.source ?? '';
        const exact = /^-?\d+$/.test(source) ? source : String(Number(source));
        return { number: Object.is(Number(source), -0) ? '-0' : exact };
      }
      if (value === null || typeof value !== 'object' || Array.isArray(value) || 'number' in value)
        return value;
      return { object: Object.entries(value).sort(byKey) };
    };
    return JSON.parse(text, reviver);
  }

  test('every document comes back', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = jsonText(binaryJson(value));
        expect(parsed(text)).toEqual(plain(value));
      }),
    );
  });

  test('the tree that diffs change has the same text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const document = binaryJson(value);
        expect(jsonTreeText(jsonTree(document))).toBe(jsonText(document));
      }),
    );
  });

  test('damaged documents end in a text or in an error of ours', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(json, damage, (value, changes) => {
        const document = binaryJson(value);
        for (const [at, byte] of changes) document[at % document.length] = byte;
        try {
          expect(jsonText(document).length).toBeLessThan(40 * document.length + 400);
        } catch (error) {
          expect(error).toBeInstanceOf(CdcError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
