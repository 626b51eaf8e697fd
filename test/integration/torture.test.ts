/** The torture list with names in the log, read when all is over. `npm run torture` runs it in the other ways. */
import { beforeAll, describe, expect, test } from 'vitest';
import { mysqlServers } from '../support/servers.ts';
import type { Outcome } from '../torture/outcome.ts';
import { readCases } from '../torture/parse-cases.ts';
import { runAfter } from '../torture/run-after.ts';

describe.each(mysqlServers())('$name', ({ name, address }) => {
  const cases = readCases(name).filter(
    ({ slow, steps }) => !slow && steps.every(({ kind }) => kind !== 'restart-server'),
  );
  let outcomes: Outcome[] = [];

  beforeAll(async () => {
    outcomes = await runAfter(address, cases, () => Promise.reject(new Error('not here')));
  });

  test('has cases', () => {
    expect(cases.length).toBeGreaterThan(55);
    expect(outcomes).toHaveLength(cases.length);
  });

  test.each(cases)('$id $title', ({ id }) => {
    const problems = outcomes.filter(({ item }) => item.id === id).map(({ problem }) => problem);
    expect(problems).toEqual([null]);
  });
});
