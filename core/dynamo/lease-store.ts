import { CdcError } from '../errors.ts';
import type { Lease, LeaseStore, RunStatus } from '../lease.ts';
import { type Item, json, jsonOf, number, numberOf, text, textOf } from './attributes.ts';
import { onConflict } from './errors.ts';
import { leaseKey, taskIdOf } from './keys.ts';
import type { Requests } from './requests.ts';

/** A forgotten lease keeps its item without an owner, for the height of its token. */
function leaseOf(item: Item | null): Lease | null {
  if (item?.run_owner === undefined) return null;
  return {
    taskId: taskIdOf(textOf(item, 'pk')),
    owner: textOf(item, 'run_owner'),
    fencingToken: numberOf(item, 'fencing_token'),
    expiresAtMs: numberOf(item, 'expires_at_ms'),
    generation: numberOf(item, 'run_generation'),
    status: jsonOf(item, 'run_status') as RunStatus | null,
  };
}

/** A try whose answer was lost and that is made again takes one more token: it grows all the same. */
async function acquire(
  requests: Requests,
  request: Parameters<LeaseStore['acquire']>[0],
): Promise<Lease | null> {
  const { taskId, owner, generation, ttlMs, nowMs } = request;
  return await onConflict(
    async () =>
      leaseOf(
        await requests.update(leaseKey(taskId), {
          UpdateExpression:
            'SET run_owner = :owner, run_generation = :generation, expires_at_ms = :expires REMOVE run_status ADD fencing_token :one',
          ConditionExpression:
            'attribute_not_exists(run_owner) OR expires_at_ms <= :now OR run_owner = :owner',
          ExpressionAttributeValues: {
            ':owner': text(owner),
            ':generation': number(generation),
            ':expires': number(nowMs + ttlMs),
            ':now': number(nowMs),
            ':one': number(1),
          },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    () => null,
  );
}

/** False where the lease is another's by now. */
async function write(
  requests: Requests,
  held: Lease,
  status: RunStatus,
  expiresAtMs: number,
): Promise<boolean> {
  return await onConflict(
    async () => {
      await requests.update(leaseKey(held.taskId), {
        UpdateExpression: 'SET expires_at_ms = :expires, run_status = :status',
        ConditionExpression: 'fencing_token = :token AND run_owner = :owner',
        ExpressionAttributeValues: {
          ':expires': number(expiresAtMs),
          ':status': json(status),
          ':token': number(held.fencingToken),
          ':owner': text(held.owner),
        },
      });
      return true;
    },
    () => false,
  );
}

/** Frees the lease on a condition; where that does not hold there is nothing to free. */
async function free(
  requests: Requests,
  taskId: string,
  change: { remove: string; condition: string; values: Item },
): Promise<void> {
  await onConflict(
    async () => {
      await requests.update(leaseKey(taskId), {
        UpdateExpression: `SET expires_at_ms = :zero ${change.remove}`,
        ConditionExpression: change.condition,
        ExpressionAttributeValues: { ':zero': number(0), ...change.values },
      });
    },
    () => undefined,
  );
}

export function createLeaseStore(requests: Requests): LeaseStore {
  return {
    acquire: (request) => acquire(requests, request),
    async renew(held, status, ttlMs, nowMs) {
      const expiresAtMs = nowMs + ttlMs;
      if (await write(requests, held, status, expiresAtMs)) return { ...held, expiresAtMs, status };
      throw new CdcError('CDC_LEASE_LOST', `the lease of task "${held.taskId}" belongs to another runner`);
    },
    async release(held, status) {
      await write(requests, held, status, 0);
    },
    revoke: (taskId, fencingToken) =>
      free(requests, taskId, {
        remove: '',
        condition: 'fencing_token = :token',
        values: { ':token': number(fencingToken) },
      }),
    async load(taskId) {
      return leaseOf(await requests.get(leaseKey(taskId)));
    },
    async loadMany(taskIds) {
      const items = await requests.getMany(taskIds.map(leaseKey));
      const leases = items.map(leaseOf).filter((lease) => lease !== null);
      return new Map(leases.map((lease) => [lease.taskId, lease]));
    },
    delete: (taskId) =>
      free(requests, taskId, {
        remove: 'REMOVE run_owner, run_status',
        condition: 'attribute_exists(pk)',
        values: {},
      }),
  };
}
