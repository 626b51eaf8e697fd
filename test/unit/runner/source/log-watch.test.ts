import { expect, test } from 'vitest';
import { beganAnew, type LogEnd } from '../../../../runner/source/log-watch.ts';

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const OTHER = '3e11fa47-71ca-11e1-9e33-c80aa9429563';
const end = (file: string, position: number, gtidSet = ''): LogEnd => ({ file, position, gtidSet });

test('a log that is written on, rotated or purged has not begun anew', () => {
  const before = end('binlog.000009', 900, `${UUID}:1-40`);
  expect(beganAnew('mysql', before, before)).toBe(false);
  expect(beganAnew('mysql', before, end('binlog.000009', 1_000, `${UUID}:1-41`))).toBe(false);
  expect(beganAnew('mysql', before, end('binlog.000010', 4, `${UUID}:1-40,${OTHER}:1`))).toBe(false);
  expect(beganAnew('mysql', end('binlog.999999', 9), end('binlog.1000000', 4))).toBe(false);
  expect(beganAnew('mariadb', end('b.000002', 9, '0-1-7'), end('b.000002', 20, '0-1-8,1-2-1'))).toBe(false);
  expect(beganAnew('mariadb', end('b.000002', 9), end('b.000002', 20))).toBe(false);
});

test('a file number, a position or GTIDs that went back tell of a log that began anew', () => {
  const before = end('binlog.000009', 900, `${UUID}:1-40`);
  expect(beganAnew('mysql', before, end('binlog.000001', 5_000, `${UUID}:1-60`))).toBe(true);
  expect(beganAnew('mysql', before, end('binlog.000009', 300, `${UUID}:1-40`))).toBe(true);
  expect(beganAnew('mysql', before, end('binlog.000010', 900, `${UUID}:1-3`))).toBe(true);
  expect(beganAnew('mysql', end('b.000001', 300), end('b.000001', 200))).toBe(true);
  expect(beganAnew('mariadb', end('b.000002', 9, '0-1-7'), end('b.000003', 20, '0-1-2'))).toBe(true);
});
