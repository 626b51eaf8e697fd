/** Every minute all tasks are looked at, whatever events got lost. With several shards each schedule has its part. */
import { deadLetters, retryInvocations } from './dead-letters.ts';
import { createFunction } from './functions.ts';
import { named, role } from './policies.ts';
import { stage } from './stage.ts';

export const sweepDeadLetters = deadLetters('sweep');

export const sweep = createFunction({
  name: 'Sweep',
  file: 'reconcile',
  // It begins nothing new in its last 15 seconds, and ends before the next one of its shard begins. No concurrency is
  // reserved: two sweeps at once do no harm (every write is a compare-and-set), and a new account has only 10 in all,
  // of which AWS lets none be reserved.
  timeout: '60 seconds',
  inVpc: false,
  statements: [sweepDeadLetters.sends],
});

// The next minute's sweep does the same: one more try, and none that is older than a minute.
retryInvocations('sweep', sweep.fn, sweepDeadLetters, { retries: 1, maximumAgeS: 60 });

const scheduleRole = role(
  'sweep-schedule',
  'scheduler',
  [{ actions: ['lambda:InvokeFunction'], resources: [sweep.fn.arn] }, sweepDeadLetters.sends],
  { ofAccount: true },
);

for (let shard = 0; shard < stage.sweepShards; shard += 1) {
  new aws.scheduler.Schedule(named(`sweep-${shard}`), {
    description: `Galaxy ${stage.name}: looks at all tasks, part ${shard + 1} of ${stage.sweepShards}`,
    scheduleExpression: 'rate(1 minute)',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: sweep.fn.arn,
      roleArn: scheduleRole.arn,
      input: JSON.stringify({ shard, of: stage.sweepShards }),
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 60 },
      deadLetterConfig: { arn: sweepDeadLetters.queue.arn },
    },
  });
}
