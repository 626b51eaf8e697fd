import { systemClock } from '../core/clock.ts';
import type { ServerAccess } from '../core/server-access.ts';
import type { CliIo } from './io.ts';

/** What a command has beside the user's words: the AWS role, profile or keys of its environment, where there are any. */
export function localAccess(env: CliIo['env']): ServerAccess {
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  return {
    // loaded only where it is wanted: a stream by password starts without it
    tokens: async () => (await import('../core/aws/ambient-tokens.ts')).ambientIamTokens(systemClock.now),
    ...(region === undefined ? {} : { region }),
  };
}
