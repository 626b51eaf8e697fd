import { expect, test } from 'vitest';
import type { BinlogEvent } from '../../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../../runner/binlog/event-types.ts';
import { BinlogParser, type ParserOptions } from '../../../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent } from '../../../../support/binlog-files.ts';

const ARTIFICIAL = 0x20;

function rotate(checksum: 'none' | 'crc32', artificial: boolean): Buffer {
  const body = Buffer.concat([Buffer.alloc(8), Buffer.from('mysql-bin.000012')]);
  body.writeBigUInt64LE(6_000_000_000n);
  return buildEvent({
    type: EVENT.ROTATE,
    body,
    checksum,
    flags: artificial ? ARTIFICIAL : 0,
    ...(artificial ? { timestamp: 0 } : {}),
  });
}

const first = (bytes: Buffer, options: Partial<ParserOptions> = {}): BinlogEvent =>
  new BinlogParser({ verifyChecksum: true, ...options }).parse(bytes);

test('a rotate of the file follows the format description', () => {
  for (const checksum of ['none', 'crc32'] as const) {
    const parser = new BinlogParser({ verifyChecksum: true });
    parser.parse(buildDescription({ checksum }));
    expect(parser.parse(rotate(checksum, false))).toMatchObject({
      file: 'mysql-bin.000012',
      position: 6_000_000_000,
      artificial: false,
    });
  }
});

test('an artificial rotate comes first, with a checksum or without', () => {
  for (const checksum of ['none', 'crc32'] as const) {
    for (const expected of [{}, { checksum: 'none' as const }, { checksum: 'crc32' as const }]) {
      const event = first(rotate(checksum, true), expected);
      expect(event).toMatchObject({ kind: 'rotate', file: 'mysql-bin.000012', artificial: true });
    }
  }
});

test('an artificial rotate in mid-stream need not agree with the last format description', () => {
  const parser = new BinlogParser({ verifyChecksum: true });
  parser.parse(buildDescription({ checksum: 'crc32' }));
  expect(parser.parse(rotate('none', true))).toMatchObject({ file: 'mysql-bin.000012' });
});

test('a damaged artificial rotate is told where a checksum was asked for', () => {
  const bytes = rotate('crc32', true);
  bytes.writeUInt8(0x78, 30);
  expect(() => first(bytes, { checksum: 'crc32' })).toThrow(
    expect.objectContaining({ code: 'CDC_BINLOG_CHECKSUM' }),
  );
});

test('a rotate without a file name is refused', () => {
  const bytes = buildEvent({ type: EVENT.ROTATE, body: Buffer.alloc(8), timestamp: 0 });
  expect(() => first(bytes)).toThrow('no file name');
});
