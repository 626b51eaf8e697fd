import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { BinlogEvent } from '../../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent, hex } from '../../../../support/binlog-files.ts';

function parse(
  type: number,
  body: Buffer,
  options: { mariadb?: boolean; logPos?: number } = {},
): BinlogEvent {
  const parser = new BinlogParser({ verifyChecksum: true });
  parser.parse(buildDescription({ version: options.mariadb === true ? '10.11.19-MariaDB' : '8.0.31' }));
  return parser.parse(buildEvent({ type, body, logPos: options.logPos ?? 0 }));
}

describe('heartbeats', () => {
  test('of version 1 have 32 bits of position in the header', () => {
    expect(parse(EVENT.HEARTBEAT, Buffer.from('binlog.000001'), { logPos: 4_000_000_000 })).toMatchObject({
      kind: 'heartbeat',
      file: 'binlog.000001',
      position: 4_000_000_000,
    });
  });

  test('of MariaDB have a position of 4 GiB and more before the name', () => {
    const body = Buffer.concat([hex('0000000001000000'), Buffer.from('binlog.000001')]);
    expect(parse(EVENT.HEARTBEAT, body, { mariadb: true })).toMatchObject({
      file: 'binlog.000001',
      position: 2 ** 32,
    });
  });

  test('of version 2 have name and position as fields, and others are skipped', () => {
    const body = Buffer.concat([
      hex('01 0d'),
      Buffer.from('binlog.000001'),
      hex('07 02 aaaa  02 09 fe 0000000002000000 00 ff'),
    ]);
    expect(parse(EVENT.HEARTBEAT_V2, body)).toMatchObject({ file: 'binlog.000001', position: 2 ** 33 });
    expect(() => parse(EVENT.HEARTBEAT_V2, hex('02 01 04'))).toThrow('no file name');
  });
});

describe('XA PREPARE', () => {
  test('names the transaction as XA COMMIT will', () => {
    const body = hex('01 ffffffff 02000000 01000000 00ff 27');
    expect(parse(EVENT.XA_PREPARE, body)).toMatchObject({ onePhase: true, xid: "X'00ff',X'27',-1" });
  });

  test('with a longer id than servers take is refused', () => {
    const body = hex(`00 01000000 41000000 00000000 ${'00'.repeat(65)}`);
    expect(() => parse(EVENT.XA_PREPARE, body)).toThrow('length of the global id 65 is above 64');
  });
});

test('an incident tells its number and message', () => {
  const body = Buffer.concat([hex('0100 05'), Buffer.from('LOST!')]);
  expect(parse(EVENT.INCIDENT, body)).toMatchObject({ kind: 'incident', incident: 1, message: 'LOST!' });
});

test('the statement behind rows may be longer than its length byte says', () => {
  const sql = `/* ${'x'.repeat(300)} */ DELETE FROM t`;
  const body = Buffer.concat([Buffer.from([sql.length & 0xff]), Buffer.from(sql)]);
  expect(parse(EVENT.ROWS_QUERY, body)).toMatchObject({ kind: 'rows_query', sql: Buffer.from(sql) });
  expect(parse(EVENT.MARIADB_ANNOTATE_ROWS, Buffer.from(sql), { mariadb: true })).toMatchObject({
    sql: Buffer.from(sql),
  });
});

describe('queries', () => {
  const query = (status: string, sql: Buffer = Buffer.from('DO 1'), database = 'shop'): Buffer => {
    const vars = hex(status);
    const head = hex('0100000002000000 00 0304 0000');
    head.writeUInt8(database.length, 8);
    head.writeUInt16LE(vars.length, 11);
    return Buffer.concat([head, vars, Buffer.from(database), Buffer.alloc(1), sql]);
  };

  test('tell database, statement, error code and session settings', () => {
    const status = '00 00000000 01 2000000000000080 06 03 737464 04 2d00 0800 ff00 08 2e00';
    expect(parse(EVENT.QUERY, query(status))).toMatchObject({
      kind: 'query',
      database: 'shop',
      sql: Buffer.from('DO 1'),
      errorCode: 0x0403,
      sqlMode: 2n ** 63n + 32n,
      clientCollation: 45,
      serverCollation: 255,
      databaseCollation: 46,
    });
  });

  const ALL_BEFORE_CHARSET = `00 00000000 02 03 737464 00 03 01000100 05 03 555443 06 03 737464 07 0000
    09 0000000000000000 0a 00000000 0b 01 75 01 68 0c 02 6100 6200 0c fe 0d 000000 10 01 11 0000000000000000
    12 ff00 13 00 14 00 80 000000 81 0000000000000000 82 00 82 04 0000000000000000 83 02 0000000000000000`;

  test('walk every status variable of both servers by its length', () => {
    expect(parse(EVENT.QUERY, query(`${ALL_BEFORE_CHARSET} 04 2d00 0800 ff00`))).toMatchObject({
      clientCollation: 45,
      serverCollation: 255,
    });
  });

  test('end the walk at a status variable that is not known', () => {
    expect(parse(EVENT.QUERY, query('04 2d00 0800 ff00 c8 01 0000000000000000'))).toMatchObject({
      clientCollation: 45,
      sqlMode: null,
      sql: Buffer.from('DO 1'),
    });
  });

  test('whose status variables end inside a value are refused', () => {
    expect(() => parse(EVENT.QUERY, query('01 0000'))).toThrow('sql_mode at byte');
    expect(() => parse(EVENT.QUERY, query('0c 02 6100 62'))).toThrow('updated database');
    expect(() => parse(EVENT.QUERY, query('').subarray(0, 15))).toThrow('database at byte');
  });

  const compressed = (sql: string, length = sql.length): Buffer =>
    Buffer.concat([Buffer.from([0x82, length >> 8, length & 0xff]), deflateSync(sql)]);

  test('of MariaDB come uncompressed', () => {
    const sql = `INSERT INTO t VALUES ('${'a'.repeat(500)}')`;
    const event = parse(EVENT.MARIADB_QUERY_COMPRESSED, query('', compressed(sql)), { mariadb: true });
    expect(event.kind === 'query' && event.sql.toString()).toBe(sql);
  });

  test.each([
    ['a wrong length', compressed('DO 1', 5), 'wanted 5 uncompressed bytes, had 4'],
    ['a length that is too small', compressed('DO 1', 3), 'its compressed part is damaged'],
    ['damaged bytes', hex('81 04 00112233'), 'its compressed part is damaged'],
    ['another algorithm', hex('91 04 00'), 'compression algorithm 1'],
    ['no mark', hex('01 04 00'), '1 does not begin a compressed part'],
    ['nothing', Buffer.alloc(0), '0 does not begin a compressed part'],
    ['half a length', hex('84 01'), 'had no bytes left'],
  ])('of MariaDB compressed with %s are refused', (_, sql, message) => {
    expect(() => parse(EVENT.MARIADB_QUERY_COMPRESSED, query('', sql), { mariadb: true })).toThrow(message);
  });
});
