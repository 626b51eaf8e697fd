import { expect, test } from 'vitest';
import { closingLine, countsOfReport, type VitestReport } from '../../support/counts.ts';

const report = (changes: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: 'passed', assertionResults: [1, 2, 3] }],
  ...changes,
});

test('a run without failures counts what passed and what was skipped', () => {
  expect(countsOfReport(report({}), 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
});

test('a file that did not load is one failure', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [1] },
  ];
  expect(countsOfReport(report({ numFailedTests: 1, testResults }), 1).failed).toBe(2);
});

test('a run that failed without a failed test, left no report or found no test counts as a failure', () => {
  expect(countsOfReport(report({}), 1).failed).toBe(1);
  expect(countsOfReport(undefined, 0).failed).toBe(1);
  expect(countsOfReport(report({ numPassedTests: 0 }), 0).failed).toBe(1);
});

test('the closing line names counts and the time', () => {
  const counts = { passed: 812, failed: 0, skipped: 0 };
  expect(closingLine(counts, 432_000)).toBe('812 passed, 0 failed, 0 skipped in 7m12s');
  expect(closingLine(counts, 8_400)).toBe('812 passed, 0 failed, 0 skipped in 8s');
});
