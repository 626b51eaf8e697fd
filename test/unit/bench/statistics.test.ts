import { expect, test } from 'vitest';
import { median, percentile } from '../../../bench/statistics.ts';

test('the median is the middle value, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 9, 1])).toBe(9);
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('nothing has no median', () => {
  expect(median([])).toBeNaN();
});

test('a percentile is the nearest value at or above that share', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 1)).toBe(100);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([1, 10, 100], 0)).toBe(1);
  expect(percentile([], 0.5)).toBeNaN();
});
