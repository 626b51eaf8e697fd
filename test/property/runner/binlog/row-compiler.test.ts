import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MessageBatch } from '../../../../core/message-batch.ts';
import type { RowsEvent } from '../../../../runner/binlog/event.ts';
import type { TableShape } from '../../../../runner/binlog/table-shape.ts';
import type { Format } from '../../../../runner/format/envelope.ts';
import { galaxyFormat } from '../../../../runner/format/galaxy.ts';
import { topicNames } from '../../../../runner/format/topic.ts';
import type { Pipeline } from '../../../../runner/pipeline.ts';
import { Emitter } from '../../../../runner/source/emitter.ts';
import { interpreted } from '../../../support/interpreted-format.ts';
import { tableMap } from '../../../support/table-maps.ts';
import { WIRE_COLUMNS, type WireColumn } from '../../../support/wire-columns.ts';

const AT = {
  transaction: { file: 'binlog.000007', gtid: 'ü:"1', commitUs: 5 },
  timestamp: 1_700_000_000,
  logPos: 5_000_000_000,
  innerEvent: 3,
  serverId: 9,
};

/** What the emitter writes for the event, and the error that it ends with. A batch is sent at `batchBytesMax`. */
async function written(
  format: Format,
  shape: TableShape,
  event: RowsEvent,
  batchBytesMax = 1_048_576,
): Promise<readonly string[]> {
  const messages: string[] = [];
  const pipeline = {
    batch: format.newBatch(),
    batchBytesMax,
    full: false,
    written: () => {
      if (pipeline.batch.length >= batchBytesMax) pipeline.flush();
    },
    flush: () => {
      messages.push(...messagesOf(pipeline.batch));
      pipeline.batch.reset();
    },
  };
  const emitter = new Emitter({
    pipeline: pipeline as unknown as Pipeline,
    format,
    topics: topicNames('t', undefined),
    skipTo: null,
  });
  const target = {
    shape,
    encode: format.rowEncoder(shape, 'topic'),
    writer: format.rowsWriter(shape, 'topic'),
  };
  let end = 'end';
  try {
    await emitter.rows(event, target, AT);
  } catch (error) {
    end = error instanceof Error ? error.message : 'no error';
  }
  pipeline.flush();
  pipeline.batch.release();
  return [...messages, end];
}

const messagesOf = (batch: MessageBatch): string[] =>
  Array.from({ length: batch.count }, (_item, index) =>
    [
      batch.topics[batch.topicOf(index)],
      batch.bytes.toString('latin1', batch.keyStart(index), batch.keyEnd(index)),
      batch.bytes.toString('latin1', batch.keyEnd(index), batch.valueEnd(index)),
    ].join('\t'),
  );

const bitmap = (flags: readonly boolean[]): Buffer => {
  const bytes = Buffer.alloc((flags.length + 7) >> 3);
  for (const [index, flag] of flags.entries()) {
    if (flag) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bytes;
};

/** One image: a value or null for each column that is in it. */
function image(columns: readonly WireColumn[], present: readonly boolean[], notNull: readonly number[]) {
  const values = columns
    .map((wire, number) => ({ wire, number }))
    .filter(({ number }) => present[number])
    .map(({ wire, number }) =>
      notNull.includes(number) ? wire.bytes : fc.option(wire.bytes, { nil: null, freq: 4 }),
    );
  return fc
    .tuple(...values)
    .map((row) =>
      Buffer.concat([bitmap(row.map((value) => value === null)), ...row.filter((value) => value !== null)]),
    );
}

const CASE = fc
  .record({
    columns: fc.array(fc.constantFrom(...WIRE_COLUMNS), { minLength: 1, maxLength: 9 }),
    wide: fc.boolean(),
    key: fc.array(fc.nat(8), { maxLength: 3 }),
    action: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const),
    full: fc.boolean(),
    leftOut: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    split: fc.boolean(),
  })
  .chain(({ columns, wide, key, action, full, leftOut, split }) => {
    const all = wide ? [...columns, ...columns, ...columns, ...columns, ...columns, ...columns] : columns;
    const keys = [...new Set(key.map((number) => number % all.length))];
    const present = all.map((_wire, number) => full || keys.includes(number) || leftOut[number] === true);
    const presentAfter = all.map((_wire, number) => full || leftOut[59 - number] === true);
    const before = image(all, present, keys);
    const rowOf: fc.Arbitrary<readonly Buffer[]> =
      action === 'update' ? fc.tuple(before, image(all, presentAfter, keys)) : before.map((bytes) => [bytes]);
    return fc.array(rowOf, { minLength: 1, maxLength: 4 }).map((rows) => ({
      split,
      shape: {
        database: 'd"b',
        table: 'tåble',
        columns: all.map(({ shape }, number) => ({ ...shape, name: `c"${number}é` })),
        key: keys,
      },
      event: {
        kind: 'rows',
        header: { timestamp: 0, typeCode: 30, serverId: 1, eventSize: 0, logPos: 0, flags: 0 },
        action,
        map: tableMap([]),
        endOfStatement: true,
        partialJson: false,
        columnCount: all.length,
        present: bitmap(present),
        presentAfter: action === 'update' ? bitmap(presentAfter) : Buffer.alloc(0),
        rows: Buffer.concat(rows.flat()),
      } satisfies RowsEvent,
    }));
  });

/** The three ways of a format that must write the same. */
const waysOf = (splitKeyChanges: boolean) => {
  const kernel = galaxyFormat({ splitKeyChanges });
  const compiled = galaxyFormat({ splitKeyChanges, kernel: false });
  return { kernel, compiled, truth: interpreted(compiled) };
};
const WAYS = { true: waysOf(true), false: waysOf(false) };
/** Every batch is full with one message, and then has no room for another. */
const ONE_MESSAGE = 1;

test('kernel and compiled path write byte for byte what the interpreted one does, and end with the same error', async () => {
  await fc.assert(
    fc.asyncProperty(CASE, async ({ shape, event, split }) => {
      const { kernel, compiled, truth } = WAYS[`${split}`];
      const wanted = await written(truth, shape, event);
      expect(await written(compiled, shape, event)).toEqual(wanted);
      expect(await written(kernel, shape, event)).toEqual(wanted);
      expect(await written(kernel, shape, event, ONE_MESSAGE)).toEqual(wanted);
    }),
    { numRuns: 600 },
  );
});

test('an event whose bytes are cut off ends all paths alike', async () => {
  await fc.assert(
    fc.asyncProperty(CASE, fc.nat(), async ({ shape, event, split }, cut) => {
      const rows = event.rows.subarray(0, cut % (event.rows.length + 1));
      const { kernel, compiled, truth } = WAYS[`${split}`];
      const wanted = await written(truth, shape, { ...event, rows });
      expect(await written(compiled, shape, { ...event, rows })).toEqual(wanted);
      expect(await written(kernel, shape, { ...event, rows })).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});

test('what compiled functions can write the kernel can, nearly always', async () => {
  let [byFunctions, byKernel] = [0, 0];
  const { kernel } = WAYS.false;
  const counting: Format = {
    ...kernel,
    rowsWriter: (shape, topic) => {
      const writer = kernel.rowsWriter(shape, topic);
      return {
        open: (event, context) => writer.open(event, context),
        programOf: (event) => writer.programOf(event),
        topicNumber: writer.topicNumber,
        get done() {
          return writer.done;
        },
        get wantsRoom() {
          return writer.wantsRoom;
        },
        writeMany: (batch, row, bytesMax) => {
          const wrote = writer.writeMany(batch, row, bytesMax);
          byKernel += wrote;
          return wrote;
        },
        write: (batch, row) => {
          const wrote = writer.write(batch, row);
          if (wrote) byFunctions += 1;
          return wrote;
        },
      };
    },
  };
  for (const { shape, event, split } of fc.sample(CASE, 300)) {
    if (!split) await written(counting, shape, event);
  }
  expect(byKernel).toBeGreaterThan(100);
  expect(byFunctions / byKernel).toBeLessThan(0.02);
});
