import { expect, test } from 'vitest';
import { MessageBatch } from '../../../../core/message-batch.ts';
import type { ColumnShape, TableShape } from '../../../../runner/binlog/table-shape.ts';
import type { RowAction, RowContext } from '../../../../runner/format/envelope.ts';
import { galaxyFormat } from '../../../../runner/format/galaxy.ts';

const column = (name: string, kind: ColumnShape['kind']): ColumnShape => ({
  name,
  kind,
  wireType: 3,
  meta: 0,
  unsigned: false,
  length: 0,
  precision: 0,
  scale: 0,
  fraction: 0,
  charset: '',
  labels: [],
  compressed: false,
});

const shape = (key: number[]): TableShape => ({
  database: 'shop',
  table: 'or"ders',
  columns: [column('id', 'int'), column('region', 'varchar'), column('total', 'decimal')],
  key,
});

const context: RowContext = {
  transaction: { file: 'binlog.000002', gtid: null, commitUs: null },
  timestamp: 1_763_812_000,
  logPos: 5_000_000_000,
  innerEvent: 3,
  serverId: 1,
  rowInEvent: 7,
};

type Image = (number | string | null | undefined)[] | null;

function encode(key: number[], action: RowAction, before: Image, after: Image, splitKeyChanges = true) {
  const batch = new MessageBatch();
  const row = { before, after };
  galaxyFormat({ splitKeyChanges }).rowEncoder(shape(key), 'topic')(batch, action, row, context);
  return Array.from({ length: batch.count }, (_item, i) => ({
    key: batch.bytes.toString('utf8', batch.keyStart(i), batch.keyEnd(i)),
    value: batch.bytes.toString('utf8', batch.keyEnd(i), batch.valueEnd(i)),
  }));
}

test('an insert is written with names, header and id in the order of the contract', () => {
  const [message] = encode([0], 'insert', null, [1, 'eu', '12.50']);
  expect(message).toEqual({
    key: '{"id":1}',
    value:
      '{"database":"shop","table":"or\\"ders","action":"insert","before":null,' +
      '"after":{"id":1,"region":"eu","total":"12.50"},"event_header":{"timestamp":1763812000,"log_pos":5000000000,' +
      '"file":"binlog.000002","server_id":1,"gtid":null,"row":7,"commit_us":null},' +
      '"id":"0000000002-0005000000000-000003-0000007"}',
  });
});

test('the key has its columns in the order of the key, not of the table', () => {
  expect(encode([1, 0], 'delete', [1, 'eu', '1'], null)[0]?.key).toBe('{"region":"eu","id":1}');
});

test('a column that is not in the image is absent, NULL is null', () => {
  const [message] = encode([0], 'update', [1, undefined, undefined], [undefined, null, undefined]);
  expect(message?.value).toContain('"before":{"id":1},"after":{"region":null}');
  expect(message?.key).toBe('{"id":1}');
});

test('a changed key is a delete of the old and an insert of the new one, with ids that differ and keep the order', () => {
  const messages = encode([0], 'update', [1, 'eu', '1'], [2, 'eu', '1']);
  expect(messages.map(({ key }) => key)).toEqual(['{"id":1}', '{"id":2}']);
  const [first, second] = messages.map(({ value }) => JSON.parse(value) as Record<string, unknown>);
  expect(first).toMatchObject({ action: 'delete', before: { id: 1 }, after: null });
  expect(second).toMatchObject({ action: 'insert', before: null, after: { id: 2, region: 'eu' } });
  expect(String(first?.id) < String(second?.id)).toBe(true);
});

test('a changed key of a MINIMAL image is inserted whole as far as it is known', () => {
  const [, second] = encode([0, 1], 'update', [1, 'eu', undefined], [2, undefined, '3']);
  expect(second?.key).toBe('{"id":2,"region":"eu"}');
  expect(second?.value).toContain('"after":{"id":2,"region":"eu","total":"3"}');
});

test('without keyed messages a changed key stays an update', () => {
  expect(encode([0], 'update', [1, 'eu', '1'], [2, 'eu', '1'], false)).toHaveLength(1);
});

test('without a key the old row is the key', () => {
  expect(encode([], 'update', [1, 'a', null], [1, 'b', null])[0]?.key).toBe(
    '{"id":1,"region":"a","total":null}',
  );
});
