import { expect, test } from 'vitest';
import { comparePositions, parsePosition } from '../../../core/position.ts';

test('files are ordered by their number, not as text', () => {
  const older = parsePosition('binlog.999999:900');
  const newer = parsePosition('binlog.1000000:4');
  expect(comparePositions(older, newer)).toBeLessThan(0);
});

test('a position without a number is refused with an example', () => {
  expect(() => parsePosition('binlog.000001')).toThrow(/not a binlog position/);
});
