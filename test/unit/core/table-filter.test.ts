import { expect, test } from 'vitest';
import { compileFilter } from '../../../core/table-filter.ts';

const filter = (databases: string[], tables: string[] = [], exclude: string[] = []) =>
  compileFilter({ databases, tables, exclude });

test('an empty filter takes every table but the server’s own', () => {
  const all = filter([]);
  expect(all.matches('shop', 'orders')).toBe(true);
  expect(all.matches('mysql', 'user')).toBe(false);
  expect(all.matchesDatabase('sys')).toBe(false);
});

test('a table is named bare, with its database, or by a star', () => {
  const some = filter(['shop', 'crm'], ['orders', 'crm.*', 'shop.item_*']);
  expect(some.matches('shop', 'orders')).toBe(true);
  expect(some.matches('crm', 'anything')).toBe(true);
  expect(some.matches('shop', 'item_eu')).toBe(true);
  expect(some.matches('shop', 'users')).toBe(false);
  expect(some.matches('other', 'orders')).toBe(false);
});

test('exclusion wins', () => {
  const some = filter(['shop'], ['shop.*'], ['shop.audit', 'tmp_*']);
  expect(some.matches('shop', 'audit')).toBe(false);
  expect(some.matches('shop', 'tmp_1')).toBe(false);
  expect(some.matches('shop', 'orders')).toBe(true);
});

test('characters that mean something to a regular expression are plain text', () => {
  const some = filter(['a.b'], ['a+b*']);
  expect(some.matches('a.b', 'a+b1')).toBe(true);
  expect(some.matches('aXb', 'a+b1')).toBe(false);
  expect(some.matches('a.b', 'aab1')).toBe(false);
});

test('names are compared with their case unless the server folds it', () => {
  expect(filter(['Shop']).matches('shop', 't')).toBe(false);
  const folded = compileFilter({ databases: ['Shop'], tables: ['T*'], exclude: [] }, true);
  expect(folded.matches('sHOP', 'table')).toBe(true);
});

test('the server’s own schema is captured when it is named', () => {
  expect(filter(['mysql']).matches('mysql', 'user')).toBe(true);
  expect(filter([], ['mysql.user']).matches('mysql', 'user')).toBe(true);
});
