import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { childrenCpuS, memoryBytes, ownCpuS } from '../../../bench/proc.ts';

const STAT =
  '4711 (a) name (x) S 1 4711 4711 0 -1 4194560 2000 3000 0 0 150 25 1234 66 20 0 11 0 100 1000000 500 18446744073709551615';

test('CPU time comes from the fields behind a name that holds spaces and parentheses', () => {
  expect(ownCpuS(STAT)).toBeCloseTo(1.75);
  expect(childrenCpuS(STAT)).toBeCloseTo(13);
});

test('a text that is no stat is refused', () => {
  expect(() => childrenCpuS('4711 (x) S 1')).toThrow('field 16');
});

test('memory is read in bytes, by its exact name', () => {
  const status = 'VmPeak:\t  999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t    1024 kB\n';
  expect(memoryBytes(status, 'VmHWM')).toBe(2_097_152);
  expect(memoryBytes(status, 'VmRSS')).toBe(1_048_576);
  expect(memoryBytes('Name:\tzombie\n', 'VmHWM')).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')('this very process has used time and memory', () => {
  expect(ownCpuS(readFileSync('/proc/self/stat', 'latin1'))).toBeGreaterThan(0);
  expect(memoryBytes(readFileSync('/proc/self/status', 'latin1'), 'VmHWM')).toBeGreaterThan(1_000_000);
});
