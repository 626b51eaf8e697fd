import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { BinlogEvent, TransactionPayloadEvent } from '../../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent, hex } from '../../../../support/binlog-files.ts';

const TABLE_MAP = buildEvent({
  type: EVENT.TABLE_MAP,
  body: hex('010000000000 0100 01 64 00 01 74 00 01 fc 01 02 00'),
});

const insert = (bytes: number): Buffer =>
  buildEvent({
    type: EVENT.WRITE_ROWS,
    body: Buffer.concat([hex('010000000000 0100 0200 01 ff 00'), Buffer.alloc(bytes, 'value ')]),
  });

const XID = buildEvent({ type: EVENT.XID, body: Buffer.alloc(8) });

const packed = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(0xfe, 0);
  bytes.writeBigUInt64LE(BigInt(value), 1);
  return bytes;
};

/** The outer event, with a checksum; the inner ones have none. */
function payloadEvent(payload: Buffer, size: number, compression = 0): Buffer {
  const body = Buffer.concat([
    compression < 251 ? Buffer.from([2, 1, compression]) : Buffer.from([2, 3, 0xfc, compression, 0]),
    hex('01 09'),
    packed(payload.length),
    hex('03 09'),
    packed(size),
    hex('63 01 00 00'),
    payload,
  ]);
  return buildEvent({ type: EVENT.TRANSACTION_PAYLOAD, body, checksum: 'crc32', logPos: 100_000_000 });
}

function open(bytes: Buffer): { event: TransactionPayloadEvent; events: Iterable<BinlogEvent> } {
  const parser = new BinlogParser({ verifyChecksum: true });
  parser.parse(buildDescription({ checksum: 'crc32' }));
  const event = parser.parse(bytes);
  if (event.kind !== 'transaction_payload') throw new Error(event.kind);
  return { event, events: parser.events(event) };
}

const kinds = (events: Iterable<BinlogEvent>): string[] => Array.from(events, (event) => event.kind);

const SMALL = Buffer.concat([TABLE_MAP, insert(100), XID]);

test('gives the inner events, which have no checksums of their own', () => {
  const { event, events } = open(payloadEvent(zstdCompressSync(SMALL), SMALL.length));
  expect(event).toMatchObject({ compression: 'zstd', uncompressedSize: SMALL.length });
  expect(kinds(events)).toEqual(['table_map', 'rows', 'xid']);
});

test('gives the inner events of a payload that was stored as it is', () => {
  const { event, events } = open(payloadEvent(SMALL, SMALL.length, 255));
  expect(event.compression).toBe('none');
  expect(kinds(events)).toEqual(['table_map', 'rows', 'xid']);
});

test('decompresses a large payload as its events are asked for', () => {
  const large = Buffer.concat([TABLE_MAP, ...Array.from({ length: 300 }, () => insert(20_000)), XID]);
  const { events } = open(payloadEvent(zstdCompressSync(large), large.length));
  const found = Array.from(events, (event) => (event.kind === 'rows' ? event.rows.length : event.kind));
  expect(found).toEqual(['table_map', ...new Array<number>(300).fill(20_001), 'xid']);
});

test('gives an inner event that is larger than all chunks', () => {
  const large = Buffer.concat([TABLE_MAP, insert(3_000_000)]);
  const { events } = open(payloadEvent(zstdCompressSync(large), large.length));
  const [, rows] = [...events];
  expect(rows?.kind === 'rows' && rows.rows.equals(insert(3_000_000).subarray(31))).toBe(true);
});

const LARGE = Buffer.concat([TABLE_MAP, insert(2_000_000), insert(2_000_000), XID]);
const LARGE_ZSTD = zstdCompressSync(LARGE);

test.each([
  ['that is cut', payloadEvent(LARGE_ZSTD.subarray(0, -20), LARGE.length), 'uncompressed bytes, had'],
  [
    'with a size that is too large',
    payloadEvent(LARGE_ZSTD, LARGE.length + 1),
    `wanted ${LARGE.length + 1} uncompressed`,
  ],
  ['with a size that is too small', payloadEvent(LARGE_ZSTD, LARGE.length - 1), 'uncompressed bytes, had'],
  ['with a small size', payloadEvent(LARGE_ZSTD, 100), 'its compressed payload is damaged'],
  ['that is no zstd', payloadEvent(Buffer.alloc(50, 1), 500), 'its compressed payload is damaged'],
  [
    'that is no zstd and claims much',
    payloadEvent(Buffer.alloc(50, 1), 2 ** 40),
    'its compressed payload is damaged',
  ],
  [
    'that ends inside an event',
    payloadEvent(SMALL.subarray(0, -1), SMALL.length - 1, 255),
    'ends inside an event',
  ],
  ['inside a payload', payloadEvent(payloadEvent(SMALL, SMALL.length, 255), 0, 255), 'wanted 0 uncompressed'],
])('refuses a payload %s', (_, bytes, message) => {
  const { events } = open(bytes);
  expect(() => [...events]).toThrow(expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT' }));
  expect(() => [...open(bytes).events]).toThrow(message);
});

test('refuses events that can\u2019t be inside a payload', () => {
  for (const inner of [payloadEvent(SMALL, SMALL.length, 255), buildDescription()]) {
    const { events } = open(payloadEvent(inner, inner.length, 255));
    expect(() => [...events]).toThrow('its payload holds a');
  }
});

test('refuses a compression that is not known', () => {
  expect(() => open(payloadEvent(SMALL, SMALL.length, 7))).toThrow('compression 7 is not known');
});
