import { systemClock } from '../core/clock.ts';
import { toCdcError } from '../core/errors.ts';
import { collectAtFirstRest } from '../core/first-rest.ts';
import { createLog } from '../core/log.ts';
import { networkPolicy } from '../core/network-policy.ts';
import type { ServerAccess } from '../core/server-access.ts';
import { boundYoungHeap } from '../core/young-heap.ts';
import { readRunnerConfig } from './config.ts';
import { createEnds } from './create-ends.ts';
import { answerHealth } from './health.ts';
import { openStores } from './open-stores.ts';
import { EXIT_CODES, Runner } from './runner.ts';

const log = createLog((line) => process.stderr.write(line), systemClock.now);
const drain = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => drain.abort());
// the control plane of this machine is gone: nobody would restart or stop this run any more
process.on('disconnect', () => drain.abort());

async function main(): Promise<number> {
  boundYoungHeap();
  collectAtFirstRest();
  const config = readRunnerConfig(process.env);
  const { networks, loopback, region, loginGraceMs } = config;
  const access: ServerAccess = {
    network: networkPolicy({ networks, loopback }),
    // loaded only where a task wants it
    tokens: async () => (await import('../core/aws/ambient-tokens.ts')).ambientIamTokens(systemClock.now),
    ...(region === null ? {} : { region }),
  };
  const stores = await openStores(config.store);
  try {
    const runner = new Runner({
      ...stores,
      createEnds: (task, checkpoint) =>
        createEnds({ ...stores, log, access, loginGraceMs, now: systemClock.now }, task, checkpoint),
      clock: systemClock,
      elapsedMs: () => performance.now(),
      random: Math.random,
      log,
      config,
    });
    if (config.health) {
      const failed = (error: Error): void => log.warn('health_not_answered', { message: error.message });
      answerHealth(config.runId, () => runner.health, failed);
    }
    return await runner.run(drain.signal);
  } finally {
    stores.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const failure = toCdcError(error);
  log.error('runner_failed', { code: failure.code, message: failure.message, hint: failure.hint });
  process.exitCode = failure.retryable ? EXIT_CODES.retryable : EXIT_CODES.failed;
}
// sockets that are still closing must not hold the process
process.exit();
