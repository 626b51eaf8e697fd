import { describe, expect, test } from 'vitest';
import { CdcError, type ErrorCode } from '../../../../core/errors.ts';
import { EventSplitter } from '../../../../runner/binlog/event-splitter.ts';
import { EVENT } from '../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../runner/binlog/parser.ts';
import { fixSize, GOLDEN, goldenBytes, goldenEvents } from '../../../support/binlog-files.ts';
import { RARE_EVENTS } from '../../../support/rare-events.ts';

/** Codes that a damaged event may give. */
const DAMAGE: readonly ErrorCode[] = [
  'CDC_BINLOG_CORRUPT',
  'CDC_BINLOG_CHECKSUM',
  'CDC_EVENT_UNKNOWN',
  'CDC_EVENT_ENCRYPTED',
  'CDC_TABLE_MAP_MISSING',
];

/** The code of what `parse` throws; null where it parses. Anything but a CdcError of damage is thrown on. */
function codeOf(parse: () => void): ErrorCode | null {
  try {
    parse();
    return null;
  } catch (error) {
    if (error instanceof CdcError && DAMAGE.includes(error.code)) return error.code;
    throw error;
  }
}

function parseFully(parser: BinlogParser, bytes: Buffer): void {
  const event = parser.parse(bytes);
  if (event.kind === 'transaction_payload') for (const inner of parser.events(event)) void inner.header;
}

/** A parser that has seen what a rows event needs, and takes the checksum off without checking it. */
function primed(description: Buffer, tableMap: Buffer | null): BinlogParser {
  const parser = new BinlogParser({ verifyChecksum: false });
  parser.parse(description);
  if (tableMap !== null) parser.parse(tableMap);
  return parser;
}

const RARE = 'events that no golden file has';

/** Types whose parse changes what the parser knows. */
const STATEFUL: readonly (number | undefined)[] = [EVENT.TABLE_MAP, EVENT.FORMAT_DESCRIPTION];

/** Each event with a parser that has seen the table map before it; a new one where `damaged` could have changed it. */
function* inContext(name: string): Generator<{ bytes: Buffer; parser: (damaged: Buffer) => BinlogParser }> {
  if (name === RARE) {
    for (const { bytes, description, tableMap } of RARE_EVENTS) {
      const parser = primed(description, tableMap);
      yield { bytes, parser: () => parser };
    }
    return;
  }
  const [description, ...others] = goldenEvents(name);
  if (description === undefined) throw new Error(`${name} is empty`);
  let tableMap: Buffer | null = null;
  for (const bytes of [description, ...others]) {
    const before = tableMap;
    const shared = primed(description, before);
    yield {
      bytes,
      parser: (damaged) => (STATEFUL.includes(damaged[4]) ? primed(description, before) : shared),
    };
    if (bytes[4] === EVENT.TABLE_MAP) tableMap = bytes;
  }
}

/** Some of 0..count-1, all of them where they are few, never the same distance apart twice in a row. */
function sample(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) =>
    Math.min(count - 1, index * step + (index % step)),
  );
}

describe.each([...GOLDEN, RARE])('%s', (name) => {
  test('every event cut short is told as corrupt', () => {
    for (const { bytes, parser } of inContext(name)) {
      const shared = parser(bytes);
      for (const length of sample(bytes.length, 200)) {
        expect(codeOf(() => parseFully(shared, bytes.subarray(0, length)))).toBe('CDC_BINLOG_CORRUPT');
      }
    }
  });

  test('every event cut short with a header that agrees parses or gives a CdcError', () => {
    let refused = 0;
    for (const { bytes, parser } of inContext(name)) {
      for (const length of sample(bytes.length, 80).filter((item) => item >= 19)) {
        const cut = fixSize(bytes.subarray(0, length));
        if (codeOf(() => parseFully(parser(cut), cut)) !== null) refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('every event with a flipped bit parses or gives a CdcError', () => {
    for (const { bytes, parser } of inContext(name)) {
      for (const offset of sample(bytes.length, 60)) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(offset) ^ (1 << (offset % 8)), offset);
        codeOf(() => parseFully(parser(damaged), damaged));
      }
    }
  });

  test('every event with a byte of ones or of zeros parses or gives a CdcError', () => {
    for (const { bytes, parser } of inContext(name)) {
      for (const offset of sample(bytes.length, 40)) {
        for (const value of [0x00, 0xfc, 0xfe, 0xff]) {
          const damaged = Buffer.from(bytes);
          damaged.writeUInt8(value, offset);
          codeOf(() => parseFully(parser(damaged), damaged));
        }
      }
    }
  });
});

test.each(GOLDEN)('%s cut anywhere gives whole events and tells what is left', (name) => {
  const file = goldenBytes(name);
  for (const length of sample(file.length, 300)) {
    const splitter = new EventSplitter();
    const events = splitter.push(file.subarray(0, length));
    const whole = events.reduce((sum, event) => sum + event.length, 0);
    const left = splitter.finish({ tolerate: true });
    expect(length < 4 ? left : 4 + whole + left).toBe(length);
    const inside = left > 0 || length < 4;
    expect(codeOf(() => splitter.finish())).toBe(inside ? 'CDC_BINLOG_CORRUPT' : null);
  }
});

test.each(GOLDEN.filter((name) => !name.includes('nochecksum')))(
  'CRC32 finds every flipped bit of %s',
  (name) => {
    const parser = new BinlogParser({ verifyChecksum: true });
    for (const bytes of goldenEvents(name)) {
      parser.parse(bytes);
      for (const offset of sample(bytes.length, 60)) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(offset) ^ (1 << (offset % 8)), offset);
        const code = codeOf(() => parser.parse(damaged));
        expect(['CDC_BINLOG_CHECKSUM', 'CDC_BINLOG_CORRUPT']).toContain(code);
      }
    }
  },
);

test('no type of event is left out', () => {
  const golden = GOLDEN.flatMap((name) => goldenEvents(name).map((bytes) => bytes[4] ?? 0));
  const seen = new Set([...golden, ...RARE_EVENTS.map(({ bytes }) => bytes[4] ?? 0)]);
  expect(Object.entries(EVENT).filter(([, type]) => !seen.has(type))).toEqual([]);
});

test('the rows among the rare events are read', () => {
  const kinds = RARE_EVENTS.filter(({ tableMap }) => tableMap !== null).map(
    ({ bytes, description, tableMap }) => primed(description, tableMap).parse(bytes),
  );
  expect(kinds.map((event) => event.kind === 'rows' && event.action)).toEqual(['insert', 'update', 'delete']);
});
