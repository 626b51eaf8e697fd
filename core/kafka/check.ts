import type { ErrorCode } from '../errors.ts';
import { QUICK, withAdmin } from './client.ts';
import { kafkaError } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

export interface KafkaFinding {
  readonly name: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  readonly code?: ErrorCode;
  readonly fix?: string;
}

const CHECK_TIMEOUT_MS = 8_000;

/** Can the brokers be reached, do they let us in, do they answer? Within 8 s; never throws for what is wrong with them. */
export async function checkKafka(settings: KafkaSettings, signal?: AbortSignal): Promise<KafkaFinding[]> {
  const brokers = settings.brokers.join(', ');
  try {
    const asked = withAdmin(settings, QUICK, (admin) => admin.describeCluster());
    const cluster = await withDeadline(asked, signal);
    return [
      {
        name: 'sink_reachable',
        status: 'pass',
        message: `${cluster.brokers.length} broker(s) answer at ${brokers}`,
      },
      {
        name: 'sink_access',
        status: 'pass',
        message: settings.sasl === null ? 'no login is needed' : `logged in by ${settings.sasl.mechanism}`,
      },
    ];
  } catch (error) {
    const failure = kafkaError(error, `Kafka at ${brokers}`);
    const denied = failure.code === 'CDC_SINK_ACCESS_DENIED';
    return [
      {
        name: denied ? 'sink_access' : 'sink_reachable',
        status: 'fail',
        message: failure.message,
        code: failure.code,
        fix: failure.hint,
      },
    ];
  }
}

async function withDeadline<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const deadline = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const ends = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const cut = new Promise<never>((_resolve, reject) => {
    const error = Object.assign(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`), { code: 'ETIMEDOUT' });
    ends.addEventListener('abort', () => reject(error), { once: true });
  });
  work.catch(() => undefined);
  return await Promise.race([work, cut]);
}
