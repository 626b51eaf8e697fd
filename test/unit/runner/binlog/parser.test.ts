import { describe, expect, test } from 'vitest';
import type { BinlogEvent, TableMap } from '../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent, hex } from '../../../support/binlog-files.ts';

/** A table `d`.`t` of one INT column. */
const tableMap = (options: { id?: string; column?: string; checksum?: 'none' | 'crc32' } = {}): Buffer =>
  buildEvent({
    type: EVENT.TABLE_MAP,
    body: hex(`${options.id ?? '6a0000000000'} 0100 01 64 00 01 74 00 01 ${options.column ?? '03'} 00 00`),
    checksum: options.checksum ?? 'none',
  });

/** One inserted row, 7. */
const insert = (id = '6a0000000000'): Buffer =>
  buildEvent({ type: EVENT.WRITE_ROWS, body: hex(`${id} 0100 0200 01 ff 00 07000000`), logPos: 900 });

function parserAfter(...events: Buffer[]): BinlogParser {
  const parser = new BinlogParser({ verifyChecksum: true });
  for (const event of [buildDescription(), ...events]) parser.parse(event);
  return parser;
}

function mapOf(event: BinlogEvent): TableMap {
  if (event.kind !== 'table_map' && event.kind !== 'rows') throw new Error(`${event.kind} has no table map`);
  return event.map;
}

describe('table maps', () => {
  test('are found by the rows events behind them', () => {
    const event = parserAfter(tableMap()).parse(insert());
    expect(event).toMatchObject({ kind: 'rows', action: 'insert', endOfStatement: true, columnCount: 1 });
    expect(mapOf(event)).toMatchObject({ tableId: 106, database: 'd', table: 't' });
  });

  test('with equal bytes are the same object, so that a shape is made once', () => {
    const parser = parserAfter();
    const first = mapOf(parser.parse(tableMap()));
    expect(mapOf(parser.parse(tableMap()))).toBe(first);
    expect(mapOf(parser.parse(insert()))).toBe(first);
    parser.parse(buildDescription());
    expect(mapOf(parser.parse(tableMap()))).toBe(first);
  });

  test('of the same id with other bytes take the place of the old one', () => {
    const parser = parserAfter(tableMap());
    const changed = mapOf(parser.parse(tableMap({ column: '08' })));
    expect([...changed.columnTypes]).toEqual([8]);
    expect(mapOf(parser.parse(insert()))).toBe(changed);
  });

  test('do not change when the buffer they came in is used again', () => {
    const parser = parserAfter();
    const bytes = tableMap();
    const map = mapOf(parser.parse(bytes));
    bytes.fill(0);
    expect(map.bytes.subarray(0, 6).toString('hex')).toBe('6a0000000000');
  });

  test('are dropped by a format description', () => {
    const parser = parserAfter(tableMap(), buildDescription());
    expect(() => parser.parse(insert())).toThrow(expect.objectContaining({ code: 'CDC_TABLE_MAP_MISSING' }));
  });

  test('are told as missing with id and position', () => {
    expect(() => parserAfter(tableMap()).parse(insert('6b0000000000'))).toThrow(
      'WRITE_ROWS event at 864: no table map with id 107',
    );
  });

  test('are not needed by the event that only ends a statement', () => {
    const body = hex('ffffff000000 0100 0200 00');
    const event = parserAfter().parse(buildEvent({ type: EVENT.WRITE_ROWS, body }));
    expect(event).toMatchObject({ kind: 'skipped', name: 'end of statement', carriesData: false });
  });

  test('have 4-byte ids where the format description gives a short post-header', () => {
    const lengths = new Array<number>(42).fill(0);
    lengths[EVENT.TABLE_MAP - 1] = 6;
    lengths[EVENT.WRITE_ROWS_V1 - 1] = 6;
    const parser = new BinlogParser({ verifyChecksum: true });
    parser.parse(buildDescription({ lengths }));
    parser.parse(tableMap({ id: '6a000000' }));
    const body = hex('6a000000 0100 01 ff 00 07000000');
    const event = parser.parse(buildEvent({ type: EVENT.WRITE_ROWS_V1, body }));
    expect(mapOf(event).tableId).toBe(106);
  });
});

describe('checksums', () => {
  const xid = (checksum: 'none' | 'crc32'): Buffer =>
    buildEvent({ type: EVENT.XID, body: Buffer.alloc(8), checksum, logPos: 1000 });

  test('follow the format description, off and on in mid-stream', () => {
    const parser = parserAfter();
    expect(parser.parse(xid('none')).kind).toBe('xid');
    parser.parse(buildDescription({ checksum: 'crc32' }));
    expect(parser.parse(xid('crc32')).kind).toBe('xid');
    parser.parse(buildDescription({ checksum: 'none' }));
    expect(parser.parse(xid('none')).kind).toBe('xid');
  });

  test('that do not match are a retryable error with the position', () => {
    const parser = parserAfter(buildDescription({ checksum: 'crc32' }));
    const damaged = xid('crc32');
    damaged.writeUInt8(1, 20);
    expect(() => parser.parse(damaged)).toThrow(
      expect.objectContaining({ code: 'CDC_BINLOG_CHECKSUM', retryable: true }),
    );
    expect(() => parser.parse(damaged)).toThrow('XID event at 969');
  });

  test('are taken off but not verified when that is not asked for', () => {
    const parser = new BinlogParser({ verifyChecksum: false });
    parser.parse(buildDescription({ checksum: 'crc32' }));
    const damaged = tableMap({ checksum: 'crc32' });
    damaged.writeUInt8(0, damaged.length - 1);
    expect(mapOf(parser.parse(damaged)).metadata).toBeNull();
  });

  test('before the first format description tell by themselves whether they are there', () => {
    for (const checksum of ['none', 'crc32'] as const) {
      const body = Buffer.from('binlog.000007');
      const heartbeat = buildEvent({ type: EVENT.HEARTBEAT, body, checksum, logPos: 4 });
      const parser = new BinlogParser({ verifyChecksum: true });
      expect(parser.parse(heartbeat)).toMatchObject({
        kind: 'heartbeat',
        file: 'binlog.000007',
        position: 4,
      });
    }
  });
});

describe('events that are not parsed', () => {
  test('of an unknown type are an error that names type and position', () => {
    const event = buildEvent({ type: 99, body: Buffer.alloc(10), logPos: 129 });
    expect(() => parserAfter().parse(event)).toThrow(
      expect.objectContaining({
        code: 'CDC_EVENT_UNKNOWN',
        message: expect.stringContaining('event type 99 event at 100'),
      }),
    );
  });

  test('of an unknown type are skipped when their flag allows it', () => {
    const event = buildEvent({ type: 99, flags: 0x80 });
    expect(parserAfter().parse(event)).toMatchObject({
      kind: 'skipped',
      name: 'event type 99',
      carriesData: false,
    });
  });

  test.each([0, 1, 7, 20, 21, 22])('of the old type %i are an error', (type) => {
    expect(() => parserAfter().parse(buildEvent({ type }))).toThrow(
      expect.objectContaining({ code: 'CDC_EVENT_UNKNOWN' }),
    );
  });

  test.each([
    [EVENT.STOP, 'STOP', false],
    [EVENT.INTVAR, 'INTVAR', false],
    [EVENT.VIEW_CHANGE, 'VIEW_CHANGE', false],
    [EVENT.TRANSACTION_CONTEXT, 'TRANSACTION_CONTEXT', false],
    [EVENT.MARIADB_BINLOG_CHECKPOINT, 'MARIADB_BINLOG_CHECKPOINT', false],
    [EVENT.BEGIN_LOAD_QUERY, 'BEGIN_LOAD_QUERY', false],
    [EVENT.EXECUTE_LOAD_QUERY, 'EXECUTE_LOAD_QUERY', true],
    [EVENT.LOAD, 'LOAD', true],
  ])('of type %i pass by name', (type, name, carriesData) => {
    expect(parserAfter().parse(buildEvent({ type }))).toMatchObject({ kind: 'skipped', name, carriesData });
  });

  test('behind a start of encryption are an error', () => {
    const event = buildEvent({ type: EVENT.MARIADB_START_ENCRYPTION, body: Buffer.alloc(17) });
    expect(() => parserAfter().parse(event)).toThrow(
      expect.objectContaining({ code: 'CDC_EVENT_ENCRYPTED' }),
    );
  });

  test('behind a start of encryption that a server sends come in clear', () => {
    const event = buildEvent({ type: EVENT.MARIADB_START_ENCRYPTION, body: Buffer.alloc(17), flags: 0x80 });
    expect(parserAfter().parse(event)).toMatchObject({ kind: 'skipped', name: 'MARIADB_START_ENCRYPTION' });
  });
});
