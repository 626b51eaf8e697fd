import { describe, expect, test } from 'vitest';
import { GOLDEN } from '../../support/binlog-files.ts';
import { expectedForm, goldenArguments, readExpected } from '../../support/golden-stream.ts';
import { runStream } from '../../support/run-stream.ts';

describe('the lines of a golden file are the expected ones, byte for byte', () => {
  test.each(GOLDEN)('%s', async (name) => {
    expect(expectedForm(await runStream(goldenArguments(name)))).toEqual(readExpected(name));
  });
});

test('every golden file has something to print', () => {
  const empty = GOLDEN.filter((name) => readExpected(name).stdout + readExpected(name).error === '');
  expect(empty).toEqual([]);
});
