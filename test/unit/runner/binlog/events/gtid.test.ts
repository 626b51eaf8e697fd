import { expect, test } from 'vitest';
import type { BinlogEvent } from '../../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent, hex } from '../../../../support/binlog-files.ts';

const UUID_HEX = '3e11fa4771ca11e19e33c80aa9429562';
const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

function parse(
  type: number,
  body: string,
  options: { version?: string; serverId?: number } = {},
): BinlogEvent {
  const parser = new BinlogParser({ verifyChecksum: true });
  parser.parse(buildDescription({ version: options.version ?? '9.7.4' }));
  return parser.parse(buildEvent({ type, body: hex(body), serverId: options.serverId ?? 1 }));
}

const CLOCK = `02 ${'00'.repeat(16)}`;

test('a GTID of 5.6 and 5.7 has no commit time', () => {
  const start = `00 ${UUID_HEX} 1700000000000000`;
  for (const body of [start, `${start} ${CLOCK}`]) {
    expect(parse(EVENT.GTID, body)).toMatchObject({ gtid: `${UUID}:23`, commitUs: null, standalone: false });
  }
});

test('the commit time is that of the original server', () => {
  const start = `00 ${UUID_HEX} 1700000000000000 ${CLOCK}`;
  const here = '00 20 40 60 80 05';
  expect(parse(EVENT.GTID, `${start} ${here} 00`)).toMatchObject({ commitUs: 0x058060402000 });
  // bit 55 of the first time: the original one follows
  expect(parse(EVENT.GTID, `${start} ${here} 80 01 00 00 00 00 06 00`)).toMatchObject({
    commitUs: 0x060000000001,
  });
  expect(parse(EVENT.GTID, `${start} ${here} 80 ${'00'.repeat(7)}`)).toMatchObject({ commitUs: null });
});

test('an anonymous transaction has no GTID', () => {
  expect(parse(EVENT.ANONYMOUS_GTID, `00 ${'00'.repeat(24)} ${CLOCK}`)).toMatchObject({
    kind: 'gtid',
    gtid: null,
  });
});

test('transaction numbers keep all 63 bits, and are above 0', () => {
  expect(parse(EVENT.GTID, `00 ${UUID_HEX} feffffffffffff7f`)).toMatchObject({
    gtid: `${UUID}:9223372036854775806`,
  });
  expect(() => parse(EVENT.GTID, `00 ${UUID_HEX} 0000000000000000`)).toThrow(
    'transaction number 0 is below 1',
  );
  expect(() => parse(EVENT.GTID, `00 ${UUID_HEX} ffffffffffffffff`)).toThrow(
    'transaction number -1 is below 1',
  );
});

/** As 9.7 wrote it for `ddca895b-e799-11f1-8768-02fc00000001:tag_a:1`. */
const TAGGED_FIELDS = `00 00 02 75032903 2502b69d 03650222 c5031d02 d004f103 00000002 04 04
  06 0a 7461675f61 08 08 0a 10 0c 7f1d7f857bfa6006`;

const tagged = (fields: string, tail: string): string => {
  const size = 3 + hex(fields).length + hex(tail).length;
  return `02 ${(size << 1).toString(16)} 00 ${fields} ${tail}`;
};

test('a tagged GTID is read field by field', () => {
  expect(parse(EVENT.GTID_TAGGED, tagged(TAGGED_FIELDS, '10 7904 12 83120b'))).toMatchObject({
    gtid: 'ddca895b-e799-11f1-8768-02fc00000001:tag_a:1',
    commitUs: 1_795_478_790_700_829,
  });
});

test('a tagged GTID tells the commit time of the original server where it differs', () => {
  const tail = '0e fe01 10 7904 12 83120b 14 83120b 16 02';
  expect(parse(EVENT.GTID_TAGGED, tagged(TAGGED_FIELDS, '0e 04 10 7904 16 02'))).toMatchObject({
    commitUs: 2,
  });
  expect(() => parse(EVENT.GTID_TAGGED, tagged(TAGGED_FIELDS, tail))).not.toThrow();
});

test('a tagged GTID with a field of a later version is read up to there', () => {
  expect(parse(EVENT.GTID_TAGGED, tagged(TAGGED_FIELDS, '18 ffffff'))).toMatchObject({
    gtid: 'ddca895b-e799-11f1-8768-02fc00000001:tag_a:1',
  });
});

test('a tagged GTID that needs a field of a later version is refused', () => {
  const body = tagged(TAGGED_FIELDS, '').replace(/^(02 \w+) 00/, '$1 18');
  expect(() => parse(EVENT.GTID_TAGGED, body)).toThrow('field 12 is not known');
  expect(() => parse(EVENT.GTID_TAGGED, tagged(TAGGED_FIELDS, '').replace(/^02/, '04'))).toThrow('format 2');
  expect(() => parse(EVENT.GTID_TAGGED, '02 06 00')).toThrow('no uuid');
  expect(() => parse(EVENT.GTID_TAGGED, '02 00 00')).toThrow('wanted -2 bytes');
});

const executed = (body: string): BinlogEvent => parse(EVENT.PREVIOUS_GTIDS, body);

test('executed GTIDs come without tags', () => {
  expect(executed('0000000000000000')).toMatchObject({ kind: 'gtid_set', gtidSet: '' });
  const body = `0100000000000000 ${UUID_HEX} 0200000000000000
    0100000000000000 0600000000000000 0800000000000000 0900000000000000`;
  expect(executed(body)).toMatchObject({ gtidSet: `${UUID}:1-5:8` });
});

test('executed GTIDs come with tags', () => {
  const one = '0100000000000000 0100000000000000 0200000000000000';
  expect(executed(`01 020000000000 01 ${UUID_HEX} 00 ${one} ${UUID_HEX} 04 7a7a ${one}`)).toMatchObject({
    gtidSet: `${UUID}:1:zz:1`,
  });
});

test.each([
  ['a format that is not known', '0000000000000002', 'GTID format 2'],
  ['more sources than bytes', '00ffffffffffff00', 'uuid at byte'],
  [
    'an interval that ends before it begins',
    `0100000000000000 ${UUID_HEX} 0100000000000000 0200000000000000 0200000000000000`,
    'not an interval',
  ],
  [
    'an interval from 0',
    `0100000000000000 ${UUID_HEX} 0100000000000000 0000000000000000 0200000000000000`,
    'not an interval',
  ],
  ['a tag that is too long', `01 010000000000 01 ${UUID_HEX} fe 00`, 'above 32'],
])('executed GTIDs with %s are refused', (_, body, message) => {
  expect(() => executed(body)).toThrow(message);
});

const MARIADB = { version: '10.11.19-MariaDB', serverId: 99 };

test('a GTID of MariaDB is made of domain, the header\u2019s server and sequence', () => {
  const body = (flags: string): string => `ffffffffffffffff 07000000 ${flags} 000000000000`;
  expect(parse(EVENT.MARIADB_GTID, body('00'), MARIADB)).toMatchObject({
    gtid: '7-99-18446744073709551615',
    standalone: false,
    xaPrepared: false,
    xaCompleted: false,
  });
  expect(parse(EVENT.MARIADB_GTID, body('01'), MARIADB)).toMatchObject({ standalone: true });
  expect(parse(EVENT.MARIADB_GTID, body('4e'), MARIADB)).toMatchObject({ xaPrepared: true });
  expect(parse(EVENT.MARIADB_GTID, body('89'), MARIADB)).toMatchObject({
    standalone: true,
    xaCompleted: true,
  });
});

test('a GTID list of MariaDB gives the newest of each domain, its flags aside', () => {
  const body = `03000010 07000000 01000000 0500000000000000
    00000000 02000000 0a00000000000000 00000000 03000000 0900000000000000`;
  expect(parse(EVENT.MARIADB_GTID_LIST, body, MARIADB)).toMatchObject({ gtidSet: '0-3-9,7-1-5' });
  expect(() => parse(EVENT.MARIADB_GTID_LIST, 'ffffff0f', MARIADB)).toThrow('wanted 4294967280 bytes, had 0');
});
