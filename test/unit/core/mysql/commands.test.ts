import { describe, expect, test } from 'vitest';
import {
  binlogDump,
  binlogDumpGtid,
  readErrPacket,
  registerReplica,
} from '../../../../core/mysql/commands.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex').replace(/(..)(?!$)/g, '$1 ');

describe('the bytes of', () => {
  test('COM_REGISTER_REPLICA', () => {
    expect(hex(registerReplica(0x80000001, 'ab'))).toBe(
      '14 00 00 00 15 01 00 00 80 02 61 62 00 00 00 00 00 00 00 00 00 00 00 00',
    );
  });

  test('COM_BINLOG_DUMP', () => {
    expect(hex(binlogDump(0x80000001, 3, 'b.1', 0xfffffffe))).toBe(
      '0e 00 00 00 12 fe ff ff ff 03 00 01 00 00 80 62 2e 31',
    );
  });

  test('COM_BINLOG_DUMP_GTID', () => {
    expect(hex(binlogDumpGtid(5, 1, Buffer.from([1, 2, 3])))).toBe(
      '1a 00 00 00 1e 01 00 05 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 03 00 00 00 01 02 03',
    );
  });
});

describe('an ERR packet', () => {
  test('gives its number and text without the SQL state', () => {
    const payload = Buffer.concat([Buffer.from([0xff, 0xd4, 0x04]), Buffer.from('#HY000purged')]);
    expect(readErrPacket(payload)).toEqual({ errno: 1236, message: 'purged' });
  });

  test('without SQL state, as sent before the handshake', () => {
    const payload = Buffer.concat([Buffer.from([0xff, 0x10, 0x04]), Buffer.from('Too many connections')]);
    expect(readErrPacket(payload)).toEqual({ errno: 1040, message: 'Too many connections' });
  });

  test('that is cut off has number 0', () => {
    expect(readErrPacket(Buffer.from([0xff]))).toEqual({ errno: 0, message: '' });
  });
});
