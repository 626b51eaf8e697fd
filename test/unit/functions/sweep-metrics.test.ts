import { expect, test } from 'vitest';
import { createLog } from '../../../core/log.ts';
import { metricMembers } from '../../../functions/sweep-metrics.ts';

const VALUES = {
  tasks: 3,
  failed: null,
  silent: 1,
  lagMaxSeconds: 0.5,
  purgeMinHours: null,
  left: 0,
  errors: 0,
  strays: 0,
  replaced: 0,
  ms: 12,
};

test('the log line says of itself which of its members are metrics', () => {
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => 1_700_000_000_000,
  );
  log.info('sweep', { ...VALUES, ...metricMembers('dev', 1_700_000_000_000, VALUES) });
  const line = JSON.parse(lines[0] ?? '');
  expect(line).toMatchObject({ event: 'sweep', stage: 'dev', tasks: 3, silent: 1, lagMaxSeconds: 0.5 });
  expect(line._aws.Timestamp).toBe(1_700_000_000_000);
  const [directive] = line._aws.CloudWatchMetrics;
  expect(directive).toMatchObject({ Namespace: 'Galaxy', Dimensions: [['stage']] });
  // every metric is a number on the line itself: others CloudWatch drops, and the whole line with them
  for (const { Name } of directive.Metrics) expect(line[Name], Name).toEqual(expect.any(Number));
  expect(directive.Metrics).toContainEqual({ Name: 'lagMaxSeconds', Unit: 'Seconds' });
});

test('what nobody knows this minute is no metric', () => {
  const members = metricMembers('dev', 0, VALUES) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
  };
  const names = members._aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name);
  expect(names).not.toContain('failed');
  expect(names).not.toContain('purgeMinHours');
  expect(names).toHaveLength(8);
});
