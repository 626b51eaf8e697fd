import { describe, expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../runner/binlog/column-types.ts';
import type { RowsEvent } from '../../../../runner/binlog/event.ts';
import { decodeRows } from '../../../../runner/binlog/row-decoder.ts';
import type { ColumnShape, DecodedRow, TableShape } from '../../../../runner/binlog/table-shape.ts';
import { binaryJson, type JsonInput } from '../../../support/binary-json.ts';
import { bytes, column } from '../../../support/columns.ts';
import { rowsEvent } from '../../../support/table-maps.ts';

const shapeOf = (...columns: readonly ColumnShape[]): TableShape => ({
  database: 'shop',
  table: 'orders',
  columns,
  key: [],
});

const tiny = (name: string): ColumnShape => column('tinyint', { name, wireType: COLUMN_TYPE.TINY });
const abc = shapeOf(tiny('a'), tiny('b'), tiny('c'));

const decode = (event: RowsEvent, shape: TableShape = abc): DecodedRow[] => [...decodeRows(event, shape)];
const decodeHex = (action: RowsEvent['action'], hex: string, more: Partial<RowsEvent> = {}): DecodedRow[] =>
  decode(rowsEvent(action, 3, bytes(hex), more));

describe('images', () => {
  test('an insert has after images, one behind the other', () => {
    expect(decodeHex('insert', 'f8 010203 fa 0406')).toEqual([
      { before: null, after: [1, 2, 3] },
      { before: null, after: [4, null, 6] },
    ]);
  });

  test('a delete has before images', () => {
    expect(decodeHex('delete', 'ff')).toEqual([{ before: [null, null, null], after: null }]);
  });

  test('an update has the before image first', () => {
    expect(decodeHex('update', 'f8 010203 f9 0507')).toEqual([{ before: [1, 2, 3], after: [null, 5, 7] }]);
  });

  test('a column that is not in the image is absent, not null, and has no bit among the nulls', () => {
    const minimal = { present: bytes('01'), presentAfter: bytes('06') };
    expect(decodeHex('update', 'fe 01 fd 03', minimal)).toEqual([
      { before: [1, undefined, undefined], after: [undefined, null, 3] },
    ]);
  });

  test('the null bitmap has a byte for each eight columns present', () => {
    const nine = shapeOf(...Array.from({ length: 9 }, (_item, index) => tiny(`c${index}`)));
    const [row] = decode(rowsEvent('insert', 9, bytes('7fff 08')), nine);
    expect(row?.after).toEqual([...new Array<null>(7).fill(null), 8, null]);
    const eight = { present: bytes('fe01') };
    expect(decode(rowsEvent('insert', 9, bytes('00 0102030405060708'), eight), nine)).toHaveLength(1);
  });

  test('an image without columns is one row of no bytes', () => {
    expect(decodeHex('insert', '', { present: bytes('00') })).toEqual([
      { before: null, after: [undefined, undefined, undefined] },
    ]);
  });
});

describe('damage', () => {
  const corrupt = (message: string): unknown =>
    expect.objectContaining({ code: 'CDC_BINLOG_CORRUPT', message: expect.stringContaining(message) });

  test('an error names event, row, table and column', () => {
    expect(() => decodeHex('insert', 'f8 010203 f8 0102')).toThrow(
      corrupt('WRITE_ROWS event, row 1 of shop.orders, column c: wanted 1 bytes at 7, had 0'),
    );
  });

  test('an event without a row, or an update without its after image, is an error', () => {
    expect(() => decodeHex('insert', '')).toThrow(corrupt('row 0'));
    expect(() => decodeHex('update', 'f8 010203')).toThrow(corrupt('row 0'));
  });

  test('bytes for an image without columns are an error, not an endless row', () => {
    expect(() => decodeHex('insert', '01', { present: bytes('00') })).toThrow(corrupt('no column'));
  });

  test('another number of columns than the shape has is an error', () => {
    expect(() => decode(rowsEvent('insert', 2, bytes('fc 0102')))).toThrow(
      expect.objectContaining({ code: 'CDC_SCHEMA_MISMATCH' }),
    );
  });
});

describe('partial JSON', () => {
  const json = (name: string): ColumnShape => column('json', { name, wireType: COLUMN_TYPE.JSON, meta: 4 });
  const shape = shapeOf(tiny('id'), json('j'), json('k'));

  function sized(value: Buffer): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    return Buffer.concat([length, value]);
  }
  const document = (value: JsonInput): Buffer => sized(binaryJson(value));
  /** REPLACE $[0] by a value. */
  const diff = (value: JsonInput): Buffer => {
    const binary = binaryJson(value);
    return sized(Buffer.concat([bytes('00 04 245b305d'), Buffer.from([binary.length]), binary]));
  };
  const before = Buffer.concat([bytes('f8 01'), document([1]), document([2])]);
  const update = (after: Buffer, more: Partial<RowsEvent> = {}): DecodedRow[] =>
    decode(rowsEvent('update', 3, Buffer.concat([before, after]), { partialJson: true, ...more }), shape);

  test('diffs are applied to the document before, each column by its own bit', () => {
    const after = Buffer.concat([bytes('01 02 f8 01'), document('new'), diff(7)]);
    expect(update(after)).toEqual([
      { before: [1, { json: '[1]' }, { json: '[2]' }], after: [1, { json: '"new"' }, { json: '[7]' }] },
    ]);
  });

  test('the bits count all JSON columns of the table, in the image or not', () => {
    const after = Buffer.concat([bytes('01 02 fe'), diff(7)]);
    expect(update(after, { presentAfter: bytes('04') })[0]?.after).toEqual([
      undefined,
      undefined,
      { json: '[7]' },
    ]);
  });

  test('without the option all values are whole, and there are no bits', () => {
    const after = Buffer.concat([bytes('00 fa 02'), document('k')]);
    expect(update(after)[0]?.after).toEqual([2, null, { json: '"k"' }]);
  });

  test('rows after the first have their own documents', () => {
    const row = Buffer.concat([bytes('01 03 f8 01'), diff(8), diff(9)]);
    const second = Buffer.concat([
      bytes('f8 02'),
      document([[]]),
      document([{ opaque: 16, value: bytes('01') }]),
    ]);
    const rows = update(Buffer.concat([row, second, bytes('01 01 f8 02'), diff('x'), document(null)]));
    expect(rows.map(({ after }) => after)).toEqual([
      [1, { json: '[8]' }, { json: '[9]' }],
      [2, { json: '["x"]' }, { json: 'null' }],
    ]);
  });

  test('a diff whose document is not in the before image is an error that says what to set', () => {
    const rows = Buffer.concat([bytes('fe 01'), bytes('01 02 fe'), diff(7)]);
    const event = rowsEvent('update', 3, rows, {
      partialJson: true,
      present: bytes('01'),
      presentAfter: bytes('04'),
    });
    expect(() => decode(event, shape)).toThrow(
      expect.objectContaining({
        code: 'CDC_JSON_DIFF_ALONE',
        hint: expect.stringContaining('binlog_row_image'),
      }),
    );
  });
});
