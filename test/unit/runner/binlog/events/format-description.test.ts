import { expect, test } from 'vitest';
import type { BinlogEvent } from '../../../../../runner/binlog/event.ts';
import { BinlogParser } from '../../../../../runner/binlog/parser.ts';
import { buildDescription, fixChecksum, fixSize } from '../../../../support/binlog-files.ts';

const ALGORITHM_AT = -5;
const IN_USE = 0x01;

const parse = (bytes: Buffer): BinlogEvent => new BinlogParser({ verifyChecksum: true }).parse(bytes);

test('tells version, flavor, checksum and post-header lengths', () => {
  const event = parse(buildDescription({ version: '9.7.4-2', checksum: 'crc32' }));
  expect(event).toMatchObject({
    binlogVersion: 4,
    serverVersion: '9.7.4-2',
    flavor: 'mysql',
    checksum: 'crc32',
  });
  expect(event.kind === 'format_description' && event.postHeaderLengths[1]).toBe(13);
});

test.each([
  ['10.11.19-MariaDB-log', 'mariadb'],
  ['5.5.5-10.6.1-MariaDB', 'mariadb'],
  ['8.0.28', 'mysql'],
  ['unparseable', 'mysql'],
])('knows the flavor of %s', (version, flavor) => {
  expect(parse(buildDescription({ version }))).toMatchObject({ flavor, checksum: 'none' });
});

test('has its own checksum even where the others have none, which may be of another creation time then', () => {
  const zeroed = buildDescription({ checksum: 'none' });
  zeroed.writeUInt32LE(77, 19 + 52);
  expect(parse(zeroed)).toMatchObject({ checksum: 'none' });
});

test('is checked with the flag of an open file cleared', () => {
  const open = buildDescription({ checksum: 'crc32' });
  open.writeUInt16LE(IN_USE, 17);
  expect(parse(open)).toMatchObject({ checksum: 'crc32' });
  open.writeUInt8(1, 30);
  expect(() => parse(open)).toThrow(expect.objectContaining({ code: 'CDC_BINLOG_CHECKSUM' }));
});

test('finds out that it is the algorithm that was damaged', () => {
  const bytes = buildDescription({ checksum: 'crc32' });
  bytes.writeUInt8(0, bytes.length + ALGORITHM_AT);
  expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'CDC_BINLOG_CHECKSUM' }));
});

test('ends in the post-header lengths in versions without checksums', () => {
  const event = parse(fixSize(buildDescription({ version: '5.5.62' }).subarray(0, ALGORITHM_AT)));
  expect(event).toMatchObject({ checksum: 'none' });
  expect(event.kind === 'format_description' && event.postHeaderLengths.length).toBe(42);
});

test('of a format that is not ours is refused', () => {
  const change = (at: number, value: number): Buffer => {
    const bytes = buildDescription({ checksum: 'crc32' });
    bytes.writeUInt8(value, at < 0 ? bytes.length + at : at);
    return fixChecksum(bytes);
  };
  expect(() => parse(change(19, 3))).toThrow('binlog version 3 instead of 4');
  expect(() => parse(change(19 + 56, 27))).toThrow('event headers of 27 bytes');
  expect(() => parse(change(ALGORITHM_AT, 9))).toThrow('checksum algorithm 9 is not known');
});
