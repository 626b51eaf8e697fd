import { CdcError } from '../errors.ts';
import type { Lease, LeaseStore, RunStatus } from '../lease.ts';
import type { Database, Row } from './database.ts';

function lease(row: Row): Lease {
  return {
    taskId: String(row.task_id),
    owner: String(row.owner),
    fencingToken: Number(row.fencing_token),
    expiresAtMs: Number(row.expires_at_ms),
    generation: Number(row.generation),
    status: row.status === null ? null : (JSON.parse(String(row.status)) as RunStatus),
  };
}

/** A forgotten lease keeps its row without an owner, for the height of its token. */
export function createLeaseStore(db: Database): LeaseStore {
  const load = (taskId: string): Lease | null => {
    const row = db.get('SELECT * FROM leases WHERE task_id = ? AND owner IS NOT NULL', taskId);
    return row === undefined ? null : lease(row);
  };
  return {
    async acquire({ taskId, owner, generation, ttlMs, nowMs }) {
      return db.transaction(() => {
        const held = load(taskId);
        if (held !== null && held.expiresAtMs > nowMs && held.owner !== owner) return null;
        db.run(
          `INSERT INTO leases (task_id, owner, generation, fencing_token, expires_at_ms, status)
           VALUES (?, ?, ?, 1, ?, NULL)
           ON CONFLICT (task_id) DO UPDATE SET owner = excluded.owner, generation = excluded.generation,
             fencing_token = fencing_token + 1, expires_at_ms = excluded.expires_at_ms, status = NULL`,
          taskId,
          owner,
          generation,
          nowMs + ttlMs,
        );
        return load(taskId);
      });
    },
    async renew(held, status, ttlMs, nowMs) {
      const expiresAtMs = nowMs + ttlMs;
      const changed = db.run(
        'UPDATE leases SET expires_at_ms = ?, status = ? WHERE task_id = ? AND fencing_token = ? AND owner = ?',
        expiresAtMs,
        JSON.stringify(status),
        held.taskId,
        held.fencingToken,
        held.owner,
      );
      if (changed === 1) return { ...held, expiresAtMs, status };
      throw new CdcError('CDC_LEASE_LOST', `the lease of task "${held.taskId}" belongs to another runner`);
    },
    async release(held, status) {
      db.run(
        'UPDATE leases SET expires_at_ms = 0, status = ? WHERE task_id = ? AND fencing_token = ? AND owner = ?',
        JSON.stringify(status),
        held.taskId,
        held.fencingToken,
        held.owner,
      );
    },
    async revoke(taskId, fencingToken) {
      db.run(
        'UPDATE leases SET expires_at_ms = 0 WHERE task_id = ? AND fencing_token = ?',
        taskId,
        fencingToken,
      );
    },
    async load(taskId) {
      return load(taskId);
    },
    async loadMany(taskIds) {
      const rows = db.all(
        'SELECT * FROM leases WHERE owner IS NOT NULL AND task_id IN (SELECT value FROM json_each(?))',
        JSON.stringify(taskIds),
      );
      return new Map(rows.map(lease).map((found) => [found.taskId, found]));
    },
    async delete(taskId) {
      db.run('UPDATE leases SET owner = NULL, status = NULL, expires_at_ms = 0 WHERE task_id = ?', taskId);
    },
  };
}
