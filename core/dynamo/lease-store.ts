import { CdcError } from '../errors.ts';
import type { Lease, LeaseStore, RunStatus } from '../lease.ts';
import { type Item, number, numberOf, onConflict, type Table, taskKey, text, textOf } from './items.ts';

const keyOf = (taskId: string): { pk: string; sk: string } => ({ pk: taskKey(taskId), sk: 'LEASE' });

/** A forgotten lease keeps its item without an owner, for the height of its token. */
function leaseOf(item: Item | null): Lease | null {
  if (item?.owner === undefined) return null;
  const status = textOf(item, 'run_status');
  return {
    taskId: textOf(item, 'task_id_of'),
    owner: textOf(item, 'owner'),
    fencingToken: numberOf(item, 'token'),
    expiresAtMs: numberOf(item, 'expires_at_ms'),
    generation: numberOf(item, 'generation'),
    status: status === '' ? null : (JSON.parse(status) as RunStatus),
  };
}

/** `owner` and `token` are reserved words. */
const NAMES = { '#owner': 'owner', '#token': 'token' };

async function acquire(table: Table, request: Parameters<LeaseStore['acquire']>[0]): Promise<Lease | null> {
  const { taskId, owner, generation, ttlMs, nowMs } = request;
  return await onConflict(
    async () =>
      leaseOf(
        await table.update(keyOf(taskId), {
          UpdateExpression:
            'SET #owner = :owner, generation = :generation, expires_at_ms = :expires, task_id_of = :task ' +
            'REMOVE run_status ADD #token :one',
          ConditionExpression:
            'attribute_not_exists(pk) OR attribute_not_exists(#owner) OR expires_at_ms <= :now OR #owner = :owner',
          ExpressionAttributeNames: NAMES,
          ExpressionAttributeValues: {
            ':owner': text(owner),
            ':generation': number(generation),
            ':expires': number(nowMs + ttlMs),
            ':task': text(taskId),
            ':now': number(nowMs),
            ':one': number(1),
          },
        }),
      ),
    () => null,
  );
}

async function write(table: Table, held: Lease, status: RunStatus, expiresAtMs: number): Promise<boolean> {
  return await onConflict(
    async () => {
      await table.update(keyOf(held.taskId), {
        UpdateExpression: 'SET expires_at_ms = :expires, run_status = :status',
        ConditionExpression: '#token = :token AND #owner = :owner',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ':expires': number(expiresAtMs),
          ':status': text(JSON.stringify(status)),
          ':token': number(held.fencingToken),
          ':owner': text(held.owner),
        },
      });
      return true;
    },
    () => false,
  );
}

export function createLeaseStore(table: Table): LeaseStore {
  return {
    acquire: (request) => acquire(table, request),
    async renew(held, status, ttlMs, nowMs) {
      const expiresAtMs = nowMs + ttlMs;
      if (await write(table, held, status, expiresAtMs)) return { ...held, expiresAtMs, status };
      throw new CdcError('CDC_LEASE_LOST', `the lease of task "${held.taskId}" belongs to another runner`);
    },
    async release(held, status) {
      await write(table, held, status, 0);
    },
    async revoke(taskId, fencingToken) {
      await onConflict(
        async () => {
          await table.update(keyOf(taskId), {
            UpdateExpression: 'SET expires_at_ms = :zero',
            ConditionExpression: '#token = :token',
            ExpressionAttributeNames: { '#token': 'token' },
            ExpressionAttributeValues: { ':zero': number(0), ':token': number(fencingToken) },
          });
        },
        () => undefined,
      );
    },
    async load(taskId) {
      return leaseOf(await table.get(keyOf(taskId)));
    },
    async loadMany(taskIds) {
      const items = await table.getMany(taskIds.map(keyOf));
      const leases = items.map(leaseOf).filter((lease) => lease !== null);
      return new Map(leases.map((lease) => [lease.taskId, lease]));
    },
    async delete(taskId) {
      await onConflict(
        async () => {
          await table.update(keyOf(taskId), {
            UpdateExpression: 'SET expires_at_ms = :zero REMOVE #owner, run_status',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: { ':zero': number(0) },
          });
        },
        () => undefined,
      );
    },
  };
}
