import { describe, expect, test } from 'vitest';
import type { BinlogEvent, TableMap } from '../../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent, hex } from '../../../../support/binlog-files.ts';

const ID = '010000000000';

/** `d`.`t` with these column types, metadata and optional metadata, no column nullable. */
function mapBody(types: string, meta = '', optional = ''): Buffer {
  const nullable = '00'.repeat((hex(types).length + 7) >> 3);
  const count = (bytes: string): string => hex(bytes).length.toString(16).padStart(2, '0');
  return hex(
    `${ID} 0100 01 64 00 01 74 00 ${count(types)} ${types} ${count(meta)} ${meta} ${nullable} ${optional}`,
  );
}

function parserWith(map: Buffer, version = '8.0.31'): BinlogParser {
  const parser = new BinlogParser({ verifyChecksum: true });
  parser.parse(buildDescription({ version }));
  parser.parse(buildEvent({ type: EVENT.TABLE_MAP, body: map }));
  return parser;
}

function mapOf(types: string, meta: string, optional = '', version = '8.0.31'): TableMap {
  const parser = new BinlogParser({ verifyChecksum: true });
  parser.parse(buildDescription({ version }));
  const event = parser.parse(buildEvent({ type: EVENT.TABLE_MAP, body: mapBody(types, meta, optional) }));
  if (event.kind !== 'table_map') throw new Error(event.kind);
  return event.map;
}

const rows = (type: number, body: string): BinlogEvent =>
  parserWith(mapBody('03 03')).parse(buildEvent({ type, body: hex(`${ID} ${body}`) }));

describe('rows events', () => {
  test('of each type tell action, bitmaps and images', () => {
    expect(rows(EVENT.WRITE_ROWS, '0000 0200 02 ff 00 0102')).toMatchObject({
      action: 'insert',
      endOfStatement: false,
      present: hex('ff'),
      presentAfter: Buffer.alloc(0),
      rows: hex('000102'),
    });
    expect(rows(EVENT.DELETE_ROWS, '0100 0200 02 fd 00')).toMatchObject({
      action: 'delete',
      endOfStatement: true,
    });
    expect(rows(EVENT.UPDATE_ROWS, '0100 0200 02 fd fe aabb')).toMatchObject({
      action: 'update',
      partialJson: false,
      present: hex('fd'),
      presentAfter: hex('fe'),
      rows: hex('aabb'),
    });
    expect(rows(EVENT.PARTIAL_UPDATE_ROWS, '0100 0200 02 fd fe aabb')).toMatchObject({ partialJson: true });
    expect(rows(EVENT.UPDATE_ROWS_V1, '0100 02 fd fe aabb')).toMatchObject({
      action: 'update',
      rows: hex('aabb'),
    });
  });

  test('of version 2 may have extra row info, which is passed over', () => {
    // partition info: type 1, partition id
    expect(rows(EVENT.WRITE_ROWS, '0100 0500 01 0300 02 ff aabb')).toMatchObject({ rows: hex('aabb') });
    expect(() => rows(EVENT.WRITE_ROWS, '0100 0100 02 ff aabb')).toThrow('extra row info of 1 bytes');
    expect(() => rows(EVENT.WRITE_ROWS, '0100 ff00 02 ff aabb')).toThrow(
      'extra row info at byte 27: wanted 255',
    );
  });

  test('must have as many columns as their table map', () => {
    expect(() => rows(EVENT.WRITE_ROWS, '0100 0200 03 ff aabb')).toThrow(
      'has 3 columns, but the table map has 2',
    );
    expect(() => rows(EVENT.WRITE_ROWS, '0100 0200 fc0200')).toThrow('column bitmaps');
    expect(() => rows(EVENT.WRITE_ROWS, '0100 0200 fd020000')).toThrow('253 does not begin a column count');
  });

  test('of more than 250 columns have a count of three bytes', () => {
    const parser = new BinlogParser({ verifyChecksum: true });
    parser.parse(buildDescription());
    const wide = Buffer.concat([
      hex(`${ID} 0100 01 64 00 01 74 00 fc2c01`),
      Buffer.alloc(300, 3),
      hex('00'),
      Buffer.alloc(38),
    ]);
    parser.parse(buildEvent({ type: EVENT.TABLE_MAP, body: wide }));
    const body = Buffer.concat([hex(`${ID} 0100 0200 fc2c01`), Buffer.alloc(38, 0xff), hex('aabb')]);
    const event = parser.parse(buildEvent({ type: EVENT.WRITE_ROWS, body }));
    expect(event).toMatchObject({ columnCount: 300, rows: hex('aabb') });
  });
});

describe('type metadata', () => {
  test('has the length and byte order of each type', () => {
    const types = '04 05 fc f5 ff f2 13 12 11  0f 8d fd 10  f6 fe fe fe  8c 03 0d';
    const meta = '04 08 02 04 04 04 06 03 00  0201 0201 0201 0307  410a f701 f802 fe10  02';
    expect([...mapOf(types, meta, '').columnMeta]).toEqual([
      ...[4, 8, 2, 4, 4, 4, 6, 3, 0],
      ...[0x0102, 0x0102, 0x0102, 0x0703],
      ...[0x410a, 0xf701, 0xf802, 0xfe10],
      ...[2, 0, 0],
    ]);
  });

  test('of typed arrays is the element type, its own metadata passed over', () => {
    const types = '14 14 14 14 03';
    const meta = '08  0f b00400  f6 0a02  12 03';
    expect([...mapOf(types, meta).columnMeta]).toEqual([8, 15, 246, 18, 0]);
  });

  test('of a type that no server writes is refused', () => {
    expect(() => mapOf('03 f3', '')).toThrow('column 1 has the unknown type 243');
    expect(() => mapOf('14', 'f3')).toThrow('column 0 has the unknown type 243');
  });

  test.each([
    ['FLOAT of 3 bytes', '04', '03'],
    ['DOUBLE of 4 bytes', '05', '04'],
    ['BLOB whose length has 5 bytes', 'fc', '05'],
    ['BLOB whose length has none', 'fc', '00'],
    ['TIME(7)', '13', '07'],
    ['BIT(0)', '10', '0000'],
    ['BIT(65)', '10', '0108'],
    ['DECIMAL(66,0)', 'f6', '4200'],
    ['DECIMAL(2,3)', 'f6', '0203'],
  ])('of a %s is refused', (_name, type, meta) => {
    expect(() => mapOf(type, meta)).toThrow('impossible metadata');
  });

  test('must be as long as the types need', () => {
    expect(() => mapOf('0f', '01')).toThrow('column metadata at byte');
    expect(() => mapOf('03', '01')).toThrow('1 bytes of type metadata too many');
  });
});

describe('optional metadata', () => {
  const TEXTS = '0f 03 fe fc f2 0f';
  const TEXTS_META = '1400 f701 02 04 1400';

  test('gives a default collation with exceptions, numbered among the text columns', () => {
    const map = mapOf(TEXTS, TEXTS_META, '02 05 08 01 2d 03 ff'.replace('ff', '0b'));
    expect(map.metadata?.collations).toEqual([8, 0, 0, 45, 0, 11]);
  });

  test('gives a collation for each text column, and for ENUM and SET apart', () => {
    const map = mapOf(TEXTS, TEXTS_META, '03 06 fcff00 08 3f 21  0b 01 2d');
    expect(map.metadata?.collations).toEqual([255, 0, 45, 8, 0, 33]);
  });

  test('of an unknown type is passed over', () => {
    expect(mapOf('03', '', '63 02 ffff 04 03 02 6964').metadata).toEqual({ names: ['id'] });
  });

  test('that speaks of other columns than there are is refused', () => {
    expect(() => mapOf(TEXTS, TEXTS_META, '02 03 08 09 2d')).toThrow('collation for text column 9 of 4');
    expect(() => mapOf(TEXTS, TEXTS_META, '03 05 0808080808')).toThrow(
      'metadata of type 3 has 1 bytes too many',
    );
    expect(() => mapOf(TEXTS, TEXTS_META, '03 03 080808')).toThrow('collation at byte');
    expect(() => mapOf(TEXTS, TEXTS_META, '01 02 8000')).toThrow('metadata of type 1 has 1 bytes too many');
    expect(() => mapOf('03', '', '08 01 01')).toThrow('key column 1 of 1 columns');
    expect(() => mapOf('03', '', '04 04 01 61 01 62')).toThrow('2 column names for 1 columns');
    expect(() => mapOf('03', '', '04 ff')).toThrow('255 does not begin a length-encoded integer');
  });

  test('counts VECTOR of MySQL and GEOMETRY of MariaDB among the collations', () => {
    const types = '0f f2 ff 0f';
    const meta = '1400 04 04 1400';
    expect(mapOf(types, meta, '03 03 08 3f 2d').metadata?.collations).toEqual([8, 0, 0, 45]);
    const mariadb = mapOf('0f ff 0f', '1400 04 1400', '03 03 08 3f 2d', '10.11.1-MariaDB');
    expect(mariadb.metadata?.collations).toEqual([8, 0, 45]);
  });
});

test('a table map whose names do not end where they should is refused', () => {
  const damaged = mapBody('03');
  damaged.writeUInt8(1, 10);
  expect(() => parserWith(damaged)).toThrow('the database name does not end in NUL');
});
