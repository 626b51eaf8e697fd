import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { answerHealth, healthOf, healthSocket } from '../../../runner/health.ts';

test('a runner that waits is well, one without its lease is not', () => {
  expect(healthOf('waiting', 'starting')).toEqual({ healthy: true, reason: 'waiting for the lease' });
  expect(healthOf('held', 'retrying')).toEqual({ healthy: true, reason: 'retrying' });
  expect(healthOf('held', 'draining')).toEqual({ healthy: true, reason: 'draining' });
  expect(healthOf('held', 'failed')).toEqual({ healthy: false, reason: 'failed' });
  expect(healthOf('lost', 'streaming')).toEqual({ healthy: false, reason: 'the lease is lost' });
});

test('the name of the socket fits where run ids do not, and differs by run', () => {
  const long = `${'t'.repeat(128)}/${'x'.repeat(9)}/1/`;
  expect(Buffer.byteLength(healthSocket(`${long}1`))).toBeLessThan(108);
  expect(healthSocket(`${long}1`)).not.toBe(healthSocket(`${long}2`));
});

test.runIf(process.platform === 'linux')('what is asked gets the health of that moment', async () => {
  const runId = `health-test/${process.pid}`;
  let healthy = true;
  answerHealth(
    runId,
    () => ({ healthy, reason: 'so' }),
    (error) => {
      throw error;
    },
  );
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(healthSocket(runId));
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
  expect(await ask()).toBe('{"healthy":true,"reason":"so"}\n');
  healthy = false;
  expect(await ask()).toBe('{"healthy":false,"reason":"so"}\n');
});
