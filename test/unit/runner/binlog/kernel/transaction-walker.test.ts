import { expect, test } from 'vitest';
import type { RowsEvent } from '../../../../../runner/binlog/event.ts';
import { RowKernel } from '../../../../../runner/binlog/kernel/row-kernel.ts';
import { TransactionWalker } from '../../../../../runner/binlog/kernel/transaction-walker.ts';
import { galaxyTailTemplate } from '../../../../../runner/format/galaxy-tail.ts';
import { encodeValue } from '../../../../../runner/format/value.ts';
import { tableMap } from '../../../../support/table-maps.ts';

const program = { words: new Uint32Array(16) };

const rowsEvent = (map: RowsEvent['map'], action: RowsEvent['action']): RowsEvent => ({
  kind: 'rows',
  header: { timestamp: 1, typeCode: 30, serverId: 3, eventSize: 0, logPos: 2, flags: 0 },
  action,
  map,
  endOfStatement: true,
  partialJson: false,
  columnCount: 1,
  present: Buffer.of(1),
  presentAfter: Buffer.of(1),
  rows: Buffer.alloc(0),
});

test('what is learned after all programs were forgotten does not write into memory of others', () => {
  const kernel = new RowKernel(encodeValue);
  const walker = new TransactionWalker(kernel, galaxyTailTemplate);
  const map = tableMap([{ type: 3 }]);
  walker.directory.learn(rowsEvent(map, 'insert'), program, 0);
  kernel.forget();
  const at = kernel.memory.allocate(4_096) ?? 0;
  kernel.memory.bytes.fill(7, at, at + 4_096);
  walker.directory.learn(rowsEvent(map, 'update'), program, 0);
  expect(kernel.memory.bytes.subarray(at, at + 4_096).every((byte) => byte === 7)).toBe(true);
});
