/** Columns of every kind with bytes as they may lie in a row image, sound and damaged. */
import fc from 'fast-check';
import { COLUMN_TYPE } from '../../runner/binlog/column-types.ts';
import type { ColumnShape } from '../../runner/binlog/table-shape.ts';
import { binaryJson, type JsonInput } from './binary-json.ts';
import { column } from './columns.ts';

export interface WireColumn {
  readonly shape: ColumnShape;
  readonly bytes: fc.Arbitrary<Buffer>;
}

const buffer = (size: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes));

const raw = (shape: ColumnShape, size: number): WireColumn => ({ shape, bytes: buffer(size) });

/** Behind a length of so many bytes. */
function sized(bytes: fc.Arbitrary<Buffer>, lengthBytes: number): fc.Arbitrary<Buffer> {
  return bytes.map((value) => {
    const length = Buffer.alloc(lengthBytes);
    length.writeUIntLE(value.length, 0, lengthBytes);
    return Buffer.concat([length, value]);
  });
}

const INTEGERS = [
  ['tinyint', 1],
  ['smallint', 2],
  ['mediumint', 3],
  ['int', 4],
  ['bigint', 8],
] as const;

const small = (size: number): fc.Arbitrary<Buffer> =>
  fc.oneof(
    buffer(size),
    fc.integer({ min: -300, max: 300 }).map((value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes.subarray(0, size);
    }),
  );

const integers = INTEGERS.flatMap(([kind, size]) =>
  [true, false].map((unsigned): WireColumn => ({ shape: column(kind, { unsigned }), bytes: small(size) })),
);

const DIGIT_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

function decimal(precision: number, scale: number): WireColumn {
  const size = (digits: number): number => Math.floor(digits / 9) * 4 + (DIGIT_BYTES[digits % 9] ?? 0);
  const total = size(precision - scale) + size(scale);
  const sound = fc.tuple(fc.boolean(), buffer(total)).map(([negative, bytes]) => {
    // small groups of digits, so that most are ones that a server writes
    const digits = Buffer.from(bytes.map((byte, at) => (at % 2 === 0 ? 0 : byte & 0x07)));
    digits[0] = (digits[0] ?? 0) | 0x80;
    return negative ? Buffer.from(digits.map((byte) => ~byte)) : digits;
  });
  return {
    shape: column('decimal', {
      precision,
      scale,
      wireType: COLUMN_TYPE.NEWDECIMAL,
      meta: (precision << 8) | scale,
    }),
    bytes: fc.oneof({ weight: 5, arbitrary: sound }, buffer(total)),
  };
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('"', '\\', '\u0000\u001f\u007f\u2028', 'é€', '\u{1f600}', 'abcdefg"hijk\\l\nm', ''),
);
const utf8 = text.map((value) => Buffer.from(value.toWellFormed(), 'utf8'));
const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const mostlyUtf8 = fc.oneof({ weight: 6, arbitrary: utf8 }, anyBytes);

const texts = (['utf8mb4', 'utf8mb3', 'latin1', 'cp1250', 'ascii', 'gbk', 'utf16', 'ucs2'] as const).flatMap(
  (charset): WireColumn[] => {
    const bytes = charset.startsWith('utf8') ? mostlyUtf8 : anyBytes;
    return [
      {
        shape: column('varchar', { charset, wireType: COLUMN_TYPE.VARCHAR, meta: 40 }),
        bytes: sized(bytes, 1),
      },
      {
        shape: column('varchar', { charset, wireType: COLUMN_TYPE.VARCHAR, meta: 400 }),
        bytes: sized(bytes, 2),
      },
      { shape: column('text', { charset, wireType: COLUMN_TYPE.BLOB, meta: 3 }), bytes: sized(bytes, 3) },
      { shape: column('text', { charset, wireType: COLUMN_TYPE.BLOB, meta: 4 }), bytes: sized(bytes, 4) },
    ];
  },
);

const json: fc.Arbitrary<JsonInput> = fc.letrec<{ value: JsonInput }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    text.map((value) => value.toWellFormed()),
    fc.constant({ opaque: 246, value: Buffer.from('0a02800000010c', 'hex') }),
    fc.constant({ opaque: 12, value: Buffer.from('0000000000d0a719', 'hex') }),
    fc.constant({ opaque: 252, value: Buffer.from('00ff', 'hex') }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(text, tie('value')), { maxLength: 4 })
      .map((entries) => new Map(entries.map(([key, value]) => [key.toWellFormed(), value]))),
  ),
})).value;

const jsonBytes = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => binaryJson(value)) },
  anyBytes,
  fc.tuple(json, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
    const bytes = Buffer.from(binaryJson(value));
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  }),
);

const temporal = ([0, 1, 2, 3, 4, 5, 6] as const).flatMap((fraction): WireColumn[] => {
  const size = (fraction + 1) >> 1;
  const shape = (kind: 'time' | 'datetime' | 'timestamp', wireType: number): ColumnShape =>
    column(kind, { wireType, fraction, meta: fraction });
  const tail = fc
    .integer({ min: 0, max: 10 ** (2 * size) - 1 })
    .map((value) => (size === 0 ? Buffer.alloc(0) : beBytes(value, size)));
  const behind = (head: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
    fc.oneof(
      { weight: 5, arbitrary: fc.tuple(head, tail).map((parts) => Buffer.concat(parts)) },
      fc.tuple(head, buffer(size)).map((parts) => Buffer.concat(parts)),
    );
  const datetime = fc
    .tuple(fc.integer({ min: 0, max: 9999 }), fc.nat(12), fc.nat(31), fc.nat(23), fc.nat(59), fc.nat(59))
    .map(([year, month, day, hour, minute, second]) =>
      beBytes(2 ** 39 + ((year * 13 + month) * 32 + day) * 2 ** 17 + hour * 4096 + minute * 64 + second, 5),
    );
  return [
    { shape: shape('datetime', COLUMN_TYPE.DATETIME2), bytes: behind(fc.oneof(datetime, buffer(5))) },
    {
      shape: shape('timestamp', COLUMN_TYPE.TIMESTAMP2),
      bytes: behind(fc.oneof(buffer(4), fc.constant(Buffer.alloc(4)))),
    },
    { shape: shape('time', COLUMN_TYPE.TIME2), bytes: behind(buffer(3)) },
    raw(shape('timestamp', COLUMN_TYPE.TIMESTAMP), 4 + size),
    raw(shape('time', COLUMN_TYPE.TIME), [3, 4, 4, 5, 5, 5, 6][fraction] ?? 3),
    raw(shape('datetime', COLUMN_TYPE.DATETIME), [8, 6, 6, 7, 7, 7, 8][fraction] ?? 8),
  ];
});

function beBytes(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

const LABELS = ['one', 'q"uote', 'ü', '', 'a,b'];
const STRING_16 = (0xfe << 8) | 16;

export const WIRE_COLUMNS: readonly WireColumn[] = [
  ...integers,
  ...texts,
  ...temporal,
  decimal(1, 0),
  decimal(2, 2),
  decimal(9, 9),
  decimal(10, 2),
  decimal(19, 0),
  decimal(30, 29),
  decimal(65, 30),
  raw(column('year'), 1),
  {
    shape: column('float', { wireType: COLUMN_TYPE.FLOAT }),
    bytes: fc.oneof(buffer(4), fc.float({ noNaN: true, noDefaultInfinity: true }).map(floatBytes)),
  },
  {
    shape: column('double', { wireType: COLUMN_TYPE.DOUBLE }),
    bytes: fc.oneof(
      buffer(8),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(doubleBytes),
      fc.integer().map(doubleBytes),
    ),
  },
  ...[1, 7, 9, 32, 33, 64].map((bits) => raw(column('bit', { length: bits }), (bits + 7) >> 3)),
  { shape: column('date', { wireType: COLUMN_TYPE.DATE }), bytes: buffer(3) },
  {
    shape: column('enum', { labels: LABELS, meta: 0xf701 }),
    bytes: fc.nat(7).map((byte) => Buffer.of(byte)),
  },
  {
    shape: column('enum', { labels: LABELS, meta: 0xf702 }),
    bytes: fc.nat(6).map((byte) => Buffer.of(byte, 0)),
  },
  {
    shape: column('set', { labels: LABELS, meta: 0xf801 }),
    bytes: fc.nat(63).map((byte) => Buffer.of(byte)),
  },
  {
    shape: column('binary', { length: 16, wireType: COLUMN_TYPE.STRING, meta: STRING_16 }),
    bytes: sized(
      fc.uint8Array({ maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
      1,
    ),
  },
  { shape: column('blob', { wireType: COLUMN_TYPE.BLOB, meta: 2 }), bytes: sized(anyBytes, 2) },
  { shape: column('json', { wireType: COLUMN_TYPE.JSON, meta: 4 }), bytes: sized(jsonBytes, 4) },
  { shape: column('geometry', { wireType: COLUMN_TYPE.GEOMETRY, meta: 4 }), bytes: sized(anyBytes, 4) },
  { shape: column('vector', { wireType: COLUMN_TYPE.VECTOR, meta: 4 }), bytes: sized(buffer(12), 4) },
  {
    shape: column('uuid', { length: 16, wireType: COLUMN_TYPE.STRING, meta: STRING_16 }),
    bytes: sized(buffer(16), 1),
  },
];

function floatBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
