import { expect, test } from 'vitest';
import { nearestName } from '../../../core/nearest-name.ts';

const KNOWN = ['task_id', 'mysql_config', 'database', 'tables', 'exclude_table', 'kafka_conf', 'es_conf'];

test.each([
  ['tabels', 'tables'],
  ['taskId', 'task_id'],
  ['exclude_tables', 'exclude_table'],
  ['kafka-config', 'kafka_conf'],
  ['databse', 'database'],
  ['DATABASE', 'database'],
])('%s most likely means %s', (name, meant) => {
  expect(nearestName(name, KNOWN)).toBe(meant);
});

test.each(['x', 'password', '__proto__', 'topic', ''])('%j means none of them', (name) => {
  expect(nearestName(name, KNOWN)).toBeNull();
});

test('without known names there is nothing to mean', () => {
  expect(nearestName('a', [])).toBeNull();
});
