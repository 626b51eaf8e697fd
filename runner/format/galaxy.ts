/**
 * The `galaxy` envelope: one JSON message a row.
 *
 * key    {"id":1}                                  columns of the key in key order; the whole row without one
 * value  {"database","table","action","before","after","event_header":{…},"id"}
 */
import { MessageBatch, TopicNumbers } from '../../core/message-batch.ts';
import { RowKernel } from '../binlog/kernel/row-kernel.ts';
import { TransactionWalker } from '../binlog/kernel/transaction-walker.ts';
import { type RowEnvelope, rowState } from '../binlog/row-compiler.ts';
import type { ColumnValue, DecodedRow, TableShape } from '../binlog/table-shape.ts';
import { CompiledRows } from './compiled-rows.ts';
import type { DdlContext, DdlMessage, Format, RowAction, RowContext, RowEncoder } from './envelope.ts';
import { eventIdPrefix, rowIdSuffix } from './event-id.ts';
import { GalaxyTail, galaxyTailTemplate } from './galaxy-tail.ts';
import { encodeValue } from './value.ts';

type Image = readonly ColumnValue[];

/** Writes the columns that are in the image as a JSON object. */
function imageWriter(shape: TableShape, columns: readonly number[]): (image: Image) => string {
  const names = columns.map((column) => `${JSON.stringify(shape.columns[column]?.name)}:`);
  return (image) => {
    let text = '{';
    for (let i = 0; i < columns.length; i += 1) {
      const number = columns[i] ?? 0;
      const column = shape.columns[number];
      const value = image[number];
      if (value === undefined || column === undefined) continue;
      text += (text.length > 1 ? ',' : '') + names[i] + encodeValue(column, value);
    }
    return `${text}}`;
  };
}

/** How the sink's consumers find the messages of one row. */
export interface GalaxyOptions {
  /**
   * A changed key becomes a delete of the old and an insert of the new one: in a keyed sink an update would
   * leave the old key alive. Without keys the update stays one message.
   */
  readonly splitKeyChanges: boolean;
  /** false: rows go by compiled functions alone. Default true. */
  readonly kernel?: boolean;
}

function galaxyRowEncoder(shape: TableShape, topic: string, options: GalaxyOptions): RowEncoder {
  const all = shape.columns.map((_column, index) => index);
  const writeImage = imageWriter(shape, all);
  const writeKey = imageWriter(shape, shape.key.length > 0 ? shape.key : all);
  const head = `{"database":${JSON.stringify(shape.database)},"table":${JSON.stringify(shape.table)},"action":"`;

  const write = (
    batch: MessageBatch,
    key: string,
    action: RowAction,
    before: string,
    after: string,
    tail: string,
  ): void => batch.add(topic, key, `${head}${action}","before":${before},"after":${after},${tail}`);

  /** A MINIMAL after image leaves unchanged key columns out: they are in the before image. */
  const keyOfAfter = (before: Image, after: Image): Image => {
    if (shape.key.every((column) => after[column] !== undefined)) return after;
    return after.map((value, column) => (value === undefined ? before[column] : value));
  };

  return (batch: MessageBatch, action: RowAction, row: DecodedRow, context: RowContext): number => {
    const before = row.before === null ? 'null' : writeImage(row.before);
    const after = row.after === null ? 'null' : writeImage(row.after);
    const tail = eventTail(context);
    if (row.before === null || row.after === null) {
      const key = row.before === null ? row.after : row.before;
      write(batch, key === null ? '{}' : writeKey(key), action, before, after, tail(''));
      return 1;
    }
    const keyBefore = writeKey(row.before);
    // without a key the whole old row stands for it, so that a table's consumer can find it
    const keyAfter = shape.key.length === 0 ? keyBefore : writeKey(keyOfAfter(row.before, row.after));
    if (keyBefore === keyAfter || !options.splitKeyChanges) {
      write(batch, keyBefore, action, before, after, tail(''));
      return 1;
    }
    write(batch, keyBefore, 'delete', before, 'null', tail(''));
    const full =
      keyOfAfter(row.before, row.after) === row.after ? after : writeImage(keyOfAfter(row.before, row.after));
    write(batch, keyAfter, 'insert', 'null', full, tail('+'));
    return 2;
  };
}

/** Everything after the images; the suffix goes to the end of the id. */
type EventTail = (context: RowContext) => (suffix: string) => string;

const eventTail: EventTail = (context) => {
  const header = eventHeader(context, context.rowInEvent);
  const id = eventIdPrefix(context) + rowIdSuffix(context.rowInEvent);
  return (suffix) => `${header},"id":"${id}${suffix}"}`;
};

function eventHeader(event: DdlContext, row: number): string {
  const { file, gtid, commitUs } = event.transaction;
  return (
    `"event_header":{"timestamp":${event.timestamp},"log_pos":${event.logPos},"file":${JSON.stringify(file)},` +
    `"server_id":${event.serverId},"gtid":${JSON.stringify(gtid)},"row":${row},"commit_us":${commitUs}}`
  );
}

function writeDdl(batch: MessageBatch, topic: string, message: DdlMessage, context: DdlContext): void {
  const database = JSON.stringify(message.database);
  const id = eventIdPrefix(context) + rowIdSuffix(0);
  batch.add(
    topic,
    `{"database":${database}}`,
    `{"action":"${message.action}","database":${database},"table":${JSON.stringify(message.table)},` +
      `"sql":${JSON.stringify(message.sql)},${eventHeader(context, 0)},"id":"${id}"}`,
  );
}

/** The same messages as texts around images, for the compiler. */
const GALAXY_ENVELOPE: RowEnvelope = {
  texts: (shape, action) => ({
    head:
      `{"database":${JSON.stringify(shape.database)},"table":${JSON.stringify(shape.table)},` +
      `"action":"${action}","before":${action === 'insert' ? 'null,"after":' : ''}`,
    between: ',"after":',
    behind: action === 'delete' ? ',"after":null,' : ',',
  }),
  valueText: encodeValue,
};

export function galaxyFormat(options: GalaxyOptions): Format {
  const kernel = options.kernel === false ? null : new RowKernel(encodeValue);
  const tail = kernel === null ? new GalaxyTail() : new GalaxyTail(...kernel.memory.tail);
  const state = rowState();
  const { splitKeyChanges } = options;
  const topics = new TopicNumbers();
  return {
    rowEncoder: (shape, topic) => galaxyRowEncoder(shape, topic, options),
    rowsWriter: (shape, topic) =>
      new CompiledRows({
        shape,
        topicNumber: topics.numberOf(topic),
        envelope: GALAXY_ENVELOPE,
        tail,
        state,
        kernel,
        splitKeyChanges,
      }),
    newBatch: () => new MessageBatch(kernel?.memory.takeSlab() ?? undefined, topics),
    walker: kernel === null ? null : new TransactionWalker(kernel, galaxyTailTemplate),
    ddl: writeDdl,
  };
}
