import { expect, test } from 'vitest';
import { parseHeader } from '../../../../runner/binlog/header.ts';
import { buildEvent } from '../../../support/binlog-files.ts';

test('reads the 19 bytes of a header', () => {
  const bytes = buildEvent({
    type: 2,
    timestamp: 1,
    serverId: 4_294_967_295,
    logPos: 4_000_000_000,
    flags: 0x80a0,
  });
  expect(parseHeader(bytes)).toEqual({
    timestamp: 1,
    typeCode: 2,
    serverId: 4_294_967_295,
    eventSize: 19,
    logPos: 4_000_000_000,
    flags: 0x80a0,
  });
});

test('refuses bytes that are not the one event that the header announces', () => {
  const bytes = buildEvent({ type: 16, body: Buffer.alloc(8), logPos: 500 });
  expect(() => parseHeader(bytes.subarray(0, 18))).toThrow('wanted 19 bytes, had 18');
  expect(() => parseHeader(bytes.subarray(0, 26))).toThrow(
    'XID event ending at 500: wanted 27 bytes, had 26',
  );
  expect(() => parseHeader(Buffer.concat([bytes, bytes]))).toThrow('wanted 27 bytes, had 54');
});
