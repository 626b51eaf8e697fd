import { expect, test } from 'vitest';
import { MessageBatch } from '../../../../core/message-batch.ts';
import type { BinlogEvent, RowsEvent } from '../../../../runner/binlog/event.ts';
import { BinlogParser } from '../../../../runner/binlog/parser.ts';
import { resolveShape } from '../../../../runner/binlog/resolve-shape.ts';
import { decodeRows } from '../../../../runner/binlog/row-decoder.ts';
import { galaxyFormat } from '../../../../runner/format/galaxy.ts';
import { goldenEvents } from '../../../support/binlog-files.ts';

const FILES = ['mysql97-full', 'mysql80-full', 'mariadb-full'] as const;

function rowsEvents(name: string): RowsEvent[] {
  const parser = new BinlogParser({ verifyChecksum: true });
  const inner = (event: BinlogEvent): BinlogEvent[] =>
    event.kind === 'transaction_payload' ? [...parser.events(event)] : [event];
  const events = goldenEvents(name).flatMap((bytes) => inner(parser.parse(bytes)));
  return events.filter((event) => event.kind === 'rows');
}

const messages = (batch: MessageBatch): string[] =>
  Array.from({ length: batch.count }, (_item, index) =>
    batch.bytes.toString('utf8', batch.keyStart(index), batch.valueEnd(index)),
  );

test.each(FILES)(
  'the rows of %s take the compiled path, but for changed keys and partial documents',
  (name) => {
    const format = galaxyFormat({ splitKeyChanges: true });
    const at = {
      transaction: { file: 'binlog.000001', gtid: null, commitUs: null },
      timestamp: 1,
      logPos: 2,
      innerEvent: 0,
      serverId: 3,
    };
    let compiled = 0;
    for (const event of rowsEvents(name)) {
      const shape = resolveShape(event.map, null, name.startsWith('mariadb') ? 'mariadb' : 'mysql');
      const writer = format.rowsWriter(shape, 'topic');
      const encode = format.rowEncoder(shape, 'topic');
      const truth = new MessageBatch();
      for (const [row, decoded] of [...decodeRows(event, shape)].entries()) {
        encode(truth, event.action, decoded, { ...at, rowInEvent: row });
      }
      const batch = new MessageBatch();
      const opened = writer.open(event, at);
      expect(opened).toBe(!event.partialJson);
      for (let row = 0; opened && !writer.done; row += 1) {
        if (writer.write(batch, row)) compiled += 1;
        else {
          expect(messages(truth).length).toBeGreaterThan([...decodeRows(event, shape)].length);
          break;
        }
      }
      expect(messages(truth).slice(0, batch.count)).toEqual(messages(batch));
    }
    expect(compiled).toBeGreaterThan(10);
  },
);
