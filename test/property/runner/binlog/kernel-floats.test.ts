/** Floats and doubles as the kernel writes them, against the text that every format's values have. */
import { expect, test } from 'vitest';
import type { RowsEvent } from '../../../../runner/binlog/event.ts';
import { galaxyFormat } from '../../../../runner/format/galaxy.ts';
import { encodeValue } from '../../../../runner/format/value.ts';
import { column } from '../../../support/columns.ts';
import { tableMap } from '../../../support/table-maps.ts';

const COLUMNS = [column('float', { name: 'f' }), column('double', { name: 'd' })] as const;
const ROWS = 2_000;
const AT = {
  transaction: { file: 'binlog.000001', gtid: null, commitUs: null },
  timestamp: 1,
  logPos: 2,
  innerEvent: 0,
  serverId: 3,
};
const format = galaxyFormat({ splitKeyChanges: true });

/** The values of one event of rows, as text of its messages, all by the kernel. */
function byKernel(values: readonly (readonly [number, number])[]): (readonly [string, string])[] {
  const map = tableMap([{ type: 4 }, { type: 5 }]);
  const shape = { database: 'd', table: 't', columns: COLUMNS, key: [] };
  const rows = Buffer.alloc(values.length * 13);
  for (const [index, [float, double]] of values.entries()) {
    rows.writeFloatLE(float, index * 13 + 1);
    rows.writeDoubleLE(double, index * 13 + 5);
  }
  const event: RowsEvent = {
    kind: 'rows',
    header: { timestamp: 1, typeCode: 30, serverId: 3, eventSize: 0, logPos: 2, flags: 0 },
    action: 'insert',
    map,
    endOfStatement: true,
    partialJson: false,
    columnCount: 2,
    present: Buffer.of(3),
    presentAfter: Buffer.alloc(0),
    rows,
  };
  const writer = format.rowsWriter(shape, 'topic');
  const batch = format.newBatch();
  expect(writer.open(event, AT)).toBe(true);
  expect(writer.writeMany(batch, 0, 1_300_000)).toBe(values.length);
  const texts = Array.from({ length: batch.count }, (_, index) => {
    const key = batch.bytes.toString('latin1', batch.keyStart(index), batch.keyEnd(index));
    const [, float = '', double = ''] = /^\{"f":(.*),"d":(.*)\}$/.exec(key) ?? [];
    return [float, double] as const;
  });
  batch.release();
  return texts;
}

/** Numbers in a fixed order that looks random. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

const bits = Buffer.alloc(8);
function floatOf(word: number): number {
  bits.writeUInt32LE(word);
  const value = bits.readFloatLE();
  return Number.isFinite(value) ? value : 0;
}

/** A decimal of up to `digits` digits, from thousands of millions down to millionths. */
function decimal(next: () => number, digits: number): number {
  const whole = next() % 10 ** (1 + (next() % digits));
  const value = whole / 10 ** (next() % (digits + 3));
  return next() % 2 === 0 ? value : -value;
}

test.each([
  ['of any bits', (next: () => number) => floatOf(next())],
  ['of ordinary size', (next: () => number) => floatOf(((next() % 40) + 107) * 2 ** 23 + (next() >>> 9))],
  ['of few digits', (next: () => number) => Math.fround(decimal(next, 9))],
  ['beside powers of two', (next: () => number) => floatOf((((next() % 60) + 97) << 23) + (next() % 5) - 2)],
  ['whole or halves', (next: () => number) => Math.fround((next() % 2 ** 26) / 2)],
] as const)('floats %s', (_what, pick) => {
  const next = numbers(20_261_127);
  for (let round = 0; round < 12; round += 1) {
    const values = Array.from({ length: ROWS }, () => [pick(next), decimal(next, 9) / 7] as const);
    const [float, double] = COLUMNS;
    expect(byKernel(values)).toEqual(values.map(([f, d]) => [encodeValue(float, f), encodeValue(double, d)]));
  }
});
