/** The stores' ports on plain maps, for tests of what stands on them. The contract suite holds the real ones. */
import type { Checkpoint, CheckpointStore, SchemaStore } from '../../core/checkpoint.ts';
import { CdcError } from '../../core/errors.ts';
import type { HistoryEntry, HistoryStore } from '../../core/history.ts';
import type { Lease, LeaseStore } from '../../core/lease.ts';
import type { SecretStore } from '../../core/secret-store.ts';
import type { TaskRecord, TaskStore } from '../../core/task.ts';

function present<T>(items: ReadonlyMap<string, T>, taskIds: readonly string[]): [string, T][] {
  return [...new Set(taskIds)].flatMap((taskId): [string, T][] => {
    const item = items.get(taskId);
    return item === undefined ? [] : [[taskId, item]];
  });
}

function memoryTasks(): TaskStore {
  const items = new Map<string, TaskRecord>();
  const conflict = (taskId: string): CdcError =>
    new CdcError('CDC_VERSION_CONFLICT', `task ${taskId} has changed`);
  return {
    async create(task) {
      const known = items.get(task.taskId);
      if (known?.desired === 'deleted') throw new CdcError('CDC_TASK_DELETING', 'being deleted');
      if (known !== undefined) throw new CdcError('CDC_TASK_EXISTS', 'exists');
      items.set(task.taskId, structuredClone(task));
    },
    async get(taskId) {
      return structuredClone(items.get(taskId) ?? null);
    },
    async getMany(taskIds) {
      return structuredClone(present(items, taskIds).map(([, task]) => task));
    },
    async idsByState(states) {
      const ids = [...items.keys()].sort();
      return new Map(
        states.map((state) => [state, ids.filter((taskId) => items.get(taskId)?.state === state)]),
      );
    },
    async list({ limit, cursor, state }) {
      const all = [...items.values()]
        .filter((task) => state === undefined || task.state === state)
        .sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
      const rest = all.filter((task) => cursor === undefined || task.taskId > cursor);
      const tasks = rest.slice(0, limit);
      const last = tasks.at(-1);
      const more = rest.length > tasks.length && last !== undefined;
      return structuredClone({ tasks, total: all.length, ...(more ? { cursor: last.taskId } : {}) });
    },
    async update(task) {
      if (items.get(task.taskId)?.version !== task.version) throw conflict(task.taskId);
      const next = structuredClone({ ...task, version: task.version + 1 });
      items.set(task.taskId, next);
      return structuredClone(next);
    },
    async remove(taskId, version) {
      if (items.get(taskId)?.version !== version) throw conflict(taskId);
      items.delete(taskId);
    },
  };
}

function memoryLeases(): LeaseStore {
  const items = new Map<string, Lease>();
  const tokens = new Map<string, number>();
  const current = (lease: Lease): Lease => {
    const known = items.get(lease.taskId);
    if (known?.fencingToken !== lease.fencingToken) throw new CdcError('CDC_LEASE_LOST', 'lost');
    return known;
  };
  return {
    async acquire({ taskId, owner, generation, ttlMs, nowMs }) {
      const known = items.get(taskId);
      if (known !== undefined && known.expiresAtMs > nowMs && known.owner !== owner) return null;
      const fencingToken = (tokens.get(taskId) ?? 0) + 1;
      tokens.set(taskId, fencingToken);
      const lease = { taskId, owner, generation, fencingToken, expiresAtMs: nowMs + ttlMs, status: null };
      items.set(taskId, lease);
      return lease;
    },
    async renew(lease, status, ttlMs, nowMs) {
      const next = { ...current(lease), status, expiresAtMs: nowMs + ttlMs };
      items.set(lease.taskId, next);
      return next;
    },
    async release(lease, status) {
      const known = items.get(lease.taskId);
      if (known?.fencingToken === lease.fencingToken)
        items.set(lease.taskId, { ...known, status, expiresAtMs: 0 });
    },
    async revoke(taskId, fencingToken) {
      const known = items.get(taskId);
      if (known?.fencingToken === fencingToken) items.set(taskId, { ...known, expiresAtMs: 0 });
    },
    async load(taskId) {
      return items.get(taskId) ?? null;
    },
    async loadMany(taskIds) {
      return new Map(present(items, taskIds));
    },
    async delete(taskId) {
      items.delete(taskId);
    },
  };
}

function memoryCheckpoints(): CheckpointStore {
  const items = new Map<string, Checkpoint>();
  return {
    claim: async (taskId) => items.get(taskId) ?? null,
    save: async (taskId, _token, checkpoint) => void items.set(taskId, checkpoint),
    load: async (taskId) => items.get(taskId) ?? null,
    loadMany: async (taskIds) => new Map(present(items, taskIds)),
    delete: async (taskId) => void items.delete(taskId),
  };
}

function memorySchemas(): SchemaStore {
  return { put: async () => {}, get: async () => null, prune: async () => {} };
}

function memoryHistory(): HistoryStore {
  const items = new Map<string, HistoryEntry[]>();
  return {
    async append(taskId, entry) {
      items.set(taskId, [entry, ...(items.get(taskId) ?? [])]);
    },
    async page(taskId, { limit, cursor }) {
      const all = items.get(taskId) ?? [];
      const from = cursor === undefined ? 0 : Number(cursor);
      const entries = all.slice(from, from + limit);
      return { entries, ...(from + limit < all.length ? { cursor: String(from + limit) } : {}) };
    },
    async delete(taskId) {
      items.delete(taskId);
    },
  };
}

function memorySecrets(): SecretStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    async put(taskId, field, value) {
      const secret = `${taskId}/${field}`;
      values.set(secret, value);
      return { secret };
    },
    async get({ secret }) {
      const value = values.get(secret);
      if (value === undefined) throw new CdcError('CDC_SECRET_MISSING', `the secret ${secret} is gone`);
      return value;
    },
    isOwn: ({ secret }) => values.has(secret),
    async deleteAll(taskId) {
      for (const name of values.keys()) if (name.startsWith(`${taskId}/`)) values.delete(name);
    },
  };
}

export function memoryStores() {
  return {
    tasks: memoryTasks(),
    leases: memoryLeases(),
    checkpoints: memoryCheckpoints(),
    schemas: memorySchemas(),
    history: memoryHistory(),
    secrets: memorySecrets(),
  };
}
