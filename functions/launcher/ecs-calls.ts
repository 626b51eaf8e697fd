/**
 * Calls to ECS: below its limits, each try with a deadline, tried again where that may help. The limits of an account
 * and region, shared with everybody else who calls there:
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html (reads 100 and then 20 a second,
 * changes of tasks 100 and 40), https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html (RunTask
 * on Fargate 20 and 20).
 */
import type {
  DescribeTasksCommand,
  DescribeTasksCommandOutput,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  Task,
} from '@aws-sdk/client-ecs';
import { backoffMs } from '../../core/backoff.ts';
import type { Clock } from '../../core/clock.ts';
import { type BucketSize, TokenBucket } from './token-bucket.ts';

export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** What is used of ECSClient. */
export interface EcsApi {
  send(
    command: RunTaskCommand,
    options?: CallOptions,
  ): Promise<{ tasks?: Task[]; failures?: { reason?: string; detail?: string }[] }>;
  send(
    command: DescribeTasksCommand,
    options?: CallOptions,
  ): Promise<Pick<DescribeTasksCommandOutput, 'tasks' | 'failures'>>;
  send(command: StopTaskCommand, options?: CallOptions): Promise<unknown>;
  send(
    command: ListTasksCommand,
    options?: CallOptions,
  ): Promise<{ taskArns?: string[]; nextToken?: string }>;
}

/** How ECS counts the call. */
export type CallClass = 'run' | 'change' | 'read';

/** A little below the limits: clocks differ, and a refusal costs more than a wait. */
const LIMITS: Readonly<Record<CallClass, BucketSize>> = {
  run: { burst: 19, perSecond: 19 },
  change: { burst: 90, perSecond: 36 },
  read: { burst: 90, perSecond: 18 },
};

/** One try. RunTask takes a second or two. */
const ATTEMPT_MS = 8_000;
const PAUSE = { firstMs: 100, maxMs: 3_000 };

const THROTTLED: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
]);

/** Errors by which ECS says that it has done nothing. Those of its service model tell so by themselves. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'BlockedException',
  'ClientException',
  'ClusterNotFoundException',
  'ConflictException',
  'CredentialsProviderError',
  'InvalidParameterException',
  'LimitExceededException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'UnsupportedFeatureException',
]);

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/**
 * A call that did not succeed. `limited`: ECS, or our own pace, takes no more now. `refused`: ECS has done nothing and
 * will not. `unanswered`: it may have been done. `uncertain`: an earlier try of this call was not answered.
 */
export class EcsCallError extends Error {
  readonly kind: 'limited' | 'refused' | 'unanswered';
  readonly uncertain: boolean;

  constructor(kind: EcsCallError['kind'], uncertain: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'EcsCallError';
    this.kind = kind;
    this.uncertain = uncertain || kind === 'unanswered';
  }
}

function kindOf(error: unknown): EcsCallError['kind'] {
  if (THROTTLED.has(nameOf(error))) return 'limited';
  const client = error instanceof Error && '$fault' in error && error.$fault === 'client';
  return client || REFUSALS.has(nameOf(error)) ? 'refused' : 'unanswered';
}

export interface EcsPace {
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** All tries of one call and the waits for their turn. */
  readonly patienceMs: number;
}

export class EcsCalls {
  readonly #pace: EcsPace;
  readonly #buckets: Readonly<Record<CallClass, TokenBucket>>;

  constructor(pace: EcsPace) {
    this.#pace = pace;
    const nowMs = pace.clock.now();
    this.#buckets = {
      run: new TokenBucket(LIMITS.run, nowMs),
      change: new TokenBucket(LIMITS.change, nowMs),
      read: new TokenBucket(LIMITS.read, nowMs),
    };
  }

  /** What `send` gives; throws EcsCallError. `send` must be one that may be repeated. */
  async call<T>(callClass: CallClass, send: (options: CallOptions) => Promise<T>): Promise<T> {
    const { clock, random, sleep, patienceMs } = this.#pace;
    const bucket = this.#buckets[callClass];
    const untilMs = clock.now() + patienceMs;
    let uncertain = false;
    let last: unknown = new Error('too many calls are waiting for their turn');
    for (let tries = 1; ; tries += 1) {
      const waitMs = bucket.take(clock.now(), untilMs - clock.now());
      if (waitMs === null) throw new EcsCallError('limited', uncertain, last);
      if (waitMs > 0) await sleep(waitMs);
      try {
        const answer = await send({ abortSignal: AbortSignal.timeout(ATTEMPT_MS) });
        bucket.passed();
        return answer;
      } catch (error) {
        last = error;
        const kind = kindOf(error);
        if (kind === 'limited') bucket.refused(clock.now());
        if (kind === 'unanswered') uncertain = true;
        const pauseMs = backoffMs(tries, PAUSE, random);
        if (kind === 'refused' || clock.now() + pauseMs >= untilMs) {
          throw new EcsCallError(kind, uncertain, error);
        }
        await sleep(pauseMs);
      }
    }
  }
}
