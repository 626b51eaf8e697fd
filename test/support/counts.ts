/** How many tests and checks ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** `812 passed, 0 failed, 0 skipped in 7m12s` */
export function closingLine(counts: Counts, elapsedMs: number): string {
  const seconds = Math.round(elapsedMs / 1000);
  const minutes = Math.floor(seconds / 60);
  const time = minutes === 0 ? `${seconds}s` : `${minutes}m${String(seconds % 60).padStart(2, '0')}s`;
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${time}`;
}

/** The parts of vitest's JSON report that say how it went. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/**
 * The counts of one run of vitest. A file that did not even load has no tests to count and is one failure; a run
 * that failed without a failed test (an error outside of tests), that left no report, or that found no test at
 * all, is one as well.
 */
export function countsOfReport(report: VitestReport | undefined, exitCode: number | null): Counts {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const found = report.numFailedTests + unloaded;
  const silent = found === 0 && (exitCode !== 0 || report.numPassedTests === 0) ? 1 : 0;
  return {
    passed: report.numPassedTests,
    failed: found + silent,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
