/** The rows of the golden files, and of what is left of them when their bytes are damaged. */
import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import type { BinlogEvent, RowsEvent } from '../../../../runner/binlog/event.ts';
import { BinlogParser } from '../../../../runner/binlog/parser.ts';
import { resolveShape } from '../../../../runner/binlog/resolve-shape.ts';
import { decodeRows } from '../../../../runner/binlog/row-decoder.ts';
import type { ColumnValue, DecodedRow, TableShape } from '../../../../runner/binlog/table-shape.ts';
import { encodeValue } from '../../../../runner/format/value.ts';
import { goldenEvents } from '../../../support/binlog-files.ts';

const FULL = ['mysql97-full', 'mysql80-full', 'mariadb-full'] as const;

function rowsEvents(name: string): RowsEvent[] {
  const parser = new BinlogParser({ verifyChecksum: true });
  const inner = (event: BinlogEvent): BinlogEvent[] =>
    event.kind === 'transaction_payload' ? [...parser.events(event)] : [event];
  const events = goldenEvents(name).flatMap((bytes) => inner(parser.parse(bytes)));
  return events.filter((event) => event.kind === 'rows');
}

const shapeOf = (name: string, event: RowsEvent): TableShape =>
  resolveShape(event.map, null, name.startsWith('mariadb') ? 'mariadb' : 'mysql');

function imageText(shape: TableShape, image: readonly ColumnValue[] | null): string {
  if (image === null) return 'none';
  const values = shape.columns.map((column, index) => {
    const value = image[index];
    return value === undefined ? [] : [`${column.name}=${encodeValue(column, value)}`];
  });
  return values.flat().join(' ');
}

function tableRows(name: string, table: string): string[] {
  return rowsEvents(name)
    .filter((event) => event.map.table === table)
    .flatMap((event) => {
      const shape = shapeOf(name, event);
      return [...decodeRows(event, shape)].map(
        (row: DecodedRow) =>
          `${event.action}: ${imageText(shape, row.before)} -> ${imageText(shape, row.after)}`,
      );
    });
}

describe.each(FULL)('%s', (name) => {
  test('numbers at their edges', () => {
    const [first, second] = tableRows(name, 'numbers');
    expect(first).toBe(
      'insert: none -> id=1 t=-128 tu=255 s=-32768 su=65535 m=-8388608 mu=16777215 i=-2147483648 iu=4294967295 ' +
        'b=-9223372036854775808 bu=18446744073709551615 ' +
        'd="-12345678901234567890123456789012345.123456789012345678901234567890" du="99999999.99" ' +
        'f=1.5 fu=2.5 r=-1e+300 ru=1e+300 y=2155 bits="1" bit1="0"',
    );
    expect(second).toMatch(/^insert: none -> id=2 t=null .* bit1=null$/);
  });

  test('text, labels and bytes', () => {
    const [first, second] = tableRows(name, 'texts');
    expect(first).toBe(
      'insert: none -> a="ab" b="grüße" c="c" d="d" e="ZQ==" g="MDEyMzQ1Njc4OWFiY2RlZg==" h="aA==" k="k" l="ä" ' +
        'n="p,r" o="o" p="cA==" q="two"',
    );
    expect(second).toBe(
      'insert: none -> a="" b="" c="" d="" e="" g="AAAAAAAAAAAAAAAAAAAAAA==" h="" k="" l="x" n="" o="" p="" q=null',
    );
  });

  test('dates and times', () => {
    expect(tableRows(name, 'times')[0]).toBe(
      'insert: none -> id=1 d="2024-02-29" t="-838:59:59" t6="23:59:59.999999" dt="9999-12-31 23:59:59" ' +
        'dt3="2024-01-02 03:04:05.678" ts="2024-01-02T03:04:05Z" ts6="2024-01-02T03:04:05.678901Z"',
    );
  });

  test('shapes', () => {
    const point = '{"srid":0,"wkb_hex":"0101000000000000000000f03f0000000000000040"}';
    expect(tableRows(name, 'shapes')[0]).toMatch(`y=2000 u=3 i=4 g=${point} p=${point} l={"srid":0,`);
  });

  test('a rows event that ends at any byte before its last is an error', () => {
    for (const event of rowsEvents(name)) {
      const shape = shapeOf(name, event);
      const ends = new Set([0]);
      for (const length of imageEnds(event, shape)) ends.add(length);
      for (let length = 0; length < Math.min(event.rows.length, 600); length += 1) {
        const read = (): unknown => [
          ...decodeRows({ ...event, rows: event.rows.subarray(0, length) }, shape),
        ];
        if (ends.has(length) && length > 0) expect(read).not.toThrow();
        else expect(read, `${event.map.table}, ${length} bytes`).toThrow(CdcError);
      }
    }
  });

  test('flipped bits end in rows or in an error of ours', () => {
    for (const event of rowsEvents(name)) {
      const shape = shapeOf(name, event);
      for (let index = 0; index < Math.min(event.rows.length, 300) * 8; index += 1) {
        const rows = Buffer.from(event.rows);
        rows[index >> 3] = (rows[index >> 3] ?? 0) ^ (1 << (index & 7));
        try {
          for (const row of decodeRows({ ...event, rows }, shape)) imageText(shape, row.after);
        } catch (error) {
          expect(error).toBeInstanceOf(CdcError);
        }
      }
    }
  });
});

/** Where the rows of an event end: cut there it is a shorter event, not a damaged one. */
function* imageEnds(event: RowsEvent, shape: TableShape): Generator<number> {
  const count = [...decodeRows(event, shape)].length;
  for (let length = 1, found = 0; length < event.rows.length && found < count - 1; length += 1) {
    try {
      if ([...decodeRows({ ...event, rows: event.rows.subarray(0, length) }, shape)].length > found) {
        found += 1;
        yield length;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(CdcError);
    }
  }
}

test.each(['mysql97-full', 'mysql80-full'])('JSON diffs give the whole document (%s)', (name) => {
  const x = 'x'.repeat(200);
  expect(tableRows(name, 'documents')).toEqual([
    `insert: none -> id=1 j={"a":1,"b":"${x}"} k=[1,2,3]`,
    `update: id=1 j={"a":1,"b":"${x}"} k=[1,2,3] -> id=1 j={"a":2,"b":"${x}"} k=[1,3]`,
    `update: id=1 j={"a":2,"b":"${x}"} k=[1,3] -> id=1 j={"a":2,"b":"short"} k=[1,3]`,
  ]);
});

test('hidden columns of functional indexes are not in the row; invisible and generated ones are', () => {
  expect(tableRows('mysql97-full', 'hidden')[0]).toBe(
    'insert: none -> a=1 b=2 c=2 d=3 j={"n":[1,2],"p":[1.5],"s":["x","yy"]}',
  );
});

test('VECTOR beside text columns', () => {
  expect(tableRows('mysql97-full', 'vectors')).toEqual(['insert: none -> id=1 a="a" v=[1,2,3] b="b" w=[4]']);
});

test('COMPRESSED columns, and what looks like BINARY without the schema', () => {
  expect(tableRows('mariadb-full', 'own')[0]).toBe(
    `insert: none -> id=1 u="Ej5FZ+ibEtOkVkJmVUQAAA==" a4="CgAAAQ==" a6="/oAAAAAAAAAAAAAAAAAAAQ==" j="{\\"a\\":1}" ` +
      `t="${'t'.repeat(300)}" v="${'v'.repeat(200)}" i=5`,
  );
});
