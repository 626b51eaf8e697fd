/**
 * What the functions on AWS are told by their environment. All of it is ids and names, no secret.
 *
 *   GALAXY_STAGE             names the installation among those of one account
 *   GALAXY_TABLE             the DynamoDB table
 *   GALAXY_CLUSTER           the ECS cluster, name or ARN
 *   GALAXY_TASK_DEFINITION   the runner's, `family:revision` or its ARN. Runs of another revision are replaced, a few at
 *                            a time; a family alone starts its newest revision and replaces nothing
 *   GALAXY_CONTAINER         the runner's container in it
 *   GALAXY_SUBNETS           of the runners, separated by commas
 *   GALAXY_SECURITY_GROUPS   of the runners, separated by commas
 *   GALAXY_CAPACITY          optional: capacity providers of the cluster with their weights, `FARGATE_SPOT:3,FARGATE:1`,
 *                            or one by its name; absent: launch type FARGATE. A runner on Spot that is reclaimed drains
 *                            within its two minutes and is started again
 *   GALAXY_PLATFORM_VERSION  optional: of Fargate; absent: LATEST
 *   GALAXY_ROLL_AT_ONCE      optional: how many runs are replaced at a time after an upgrade, 5 if absent, 0 for none.
 *                            Each sweep replaces so many, when all before them stream again: with 5 about 100 in 45
 *                            minutes. Schedules that share the tasks share it too, with one each at least
 */
import { CdcError } from '../core/errors.ts';
import type { CapacityProvider } from './launcher/ecs.ts';

export type Env = Readonly<Record<string, string | undefined>>;

const ROLL_AT_ONCE = 5;

export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** The settings by name; CDC_CONFIG names all that are missing. */
export function readSettings<const N extends string>(env: Env, names: readonly N[]): Record<N, string> {
  const missing = names.filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) throw new CdcError('CDC_CONFIG', `not set: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ''])) as Record<N, string>;
}

/** CDC_CONFIG for a weight that is none. */
export function readCapacity(env: Env): CapacityProvider[] {
  return listOf(env.GALAXY_CAPACITY ?? '').map((entry) => {
    const [name = '', weight = '1', ...rest] = entry.split(':').map((part) => part.trim());
    if (name !== '' && /^\d{1,4}$/.test(weight) && Number(weight) <= 1_000 && rest.length === 0) {
      return { name, weight: Number(weight) };
    }
    const message = `GALAXY_CAPACITY: "${entry}" is not name or name:weight with a weight of 0 to 1000`;
    throw new CdcError('CDC_CONFIG', message);
  });
}

export function readRollAtOnce(env: Env): number {
  const text = env.GALAXY_ROLL_AT_ONCE ?? '';
  if (text === '') return ROLL_AT_ONCE;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new CdcError('CDC_CONFIG', `GALAXY_ROLL_AT_ONCE must be 0 to 9999, not "${text}"`);
}
