import { expect, test } from 'vitest';
import { topicName, topicNames } from '../../../../runner/format/topic.ts';

test('topics are task, database and table, schema changes go to the database', () => {
  const names = topicNames('task_1', undefined);
  expect(names.row('shop', 'orders')).toBe('task_1.shop.orders');
  expect(names.ddl('shop')).toBe('task_1.shop');
});

test('characters that Kafka does not know are told apart', () => {
  expect(topicName('t.shop.größe')).toBe('t.shop.gr_c3b6_c39fe');
  expect(topicName('t.a b')).not.toBe(topicName('t.a+b'));
});

test('long names stay within what Kafka allows, and apart', () => {
  const long = 'x'.repeat(300);
  expect(topicName(`${long}1`)).toHaveLength(249);
  expect(topicName(`${long}1`)).not.toBe(topicName(`${long}2`));
});

test('a template says where tables and schema changes go', () => {
  const names = topicNames('t', 'cdc.{database}-{table}');
  expect(names.row('shop', 'orders')).toBe('cdc.shop-orders');
  expect(names.ddl('shop')).toBe('cdc.shop');
  expect(topicNames('t', 'all').row('a', 'b')).toBe('all');
});
