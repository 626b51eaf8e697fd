import type { Checkpoint, CheckpointStore, SchemaStore } from '../checkpoint.ts';
import { CdcError } from '../errors.ts';
import type { Database } from './database.ts';

function lost(taskId: string): CdcError {
  return new CdcError('CDC_LEASE_LOST', `a newer runner writes the checkpoint of task "${taskId}"`);
}

/** A forgotten checkpoint keeps its row for the height of the token: a late writer must not bring it back. */
export function createCheckpointStore(db: Database): CheckpointStore {
  const load = (taskId: string): Checkpoint | null => {
    const row = db.get('SELECT item FROM checkpoints WHERE task_id = ? AND item IS NOT NULL', taskId);
    return row === undefined ? null : (JSON.parse(String(row.item)) as Checkpoint);
  };
  return {
    async claim(taskId, token) {
      return db.transaction(() => {
        const changed = db.run(
          `INSERT INTO checkpoints (task_id, fencing_token, item) VALUES (?, ?, NULL)
           ON CONFLICT (task_id) DO UPDATE SET fencing_token = excluded.fencing_token
             WHERE fencing_token <= excluded.fencing_token`,
          taskId,
          token,
        );
        if (changed !== 1) throw lost(taskId);
        return load(taskId);
      });
    },
    async save(taskId, token, checkpoint) {
      const changed = db.run(
        'UPDATE checkpoints SET item = ? WHERE task_id = ? AND fencing_token = ?',
        JSON.stringify(checkpoint),
        taskId,
        token,
      );
      if (changed !== 1) throw lost(taskId);
    },
    async load(taskId) {
      return load(taskId);
    },
    async delete(taskId) {
      db.run(
        'UPDATE checkpoints SET item = NULL, fencing_token = fencing_token + 1 WHERE task_id = ?',
        taskId,
      );
    },
  };
}

export function createSchemaStore(db: Database): SchemaStore {
  return {
    async put(taskId, token, version, state) {
      db.transaction(() => {
        const row = db.get('SELECT fencing_token FROM checkpoints WHERE task_id = ?', taskId);
        if (row !== undefined && Number(row.fencing_token) > token) throw lost(taskId);
        db.run(
          'INSERT OR REPLACE INTO schemas (task_id, version, state) VALUES (?, ?, ?)',
          taskId,
          version,
          state,
        );
      });
    },
    async get(taskId, version) {
      const row = db.get('SELECT state FROM schemas WHERE task_id = ? AND version = ?', taskId, version);
      return row === undefined ? null : (row.state as Uint8Array);
    },
    async prune(taskId, version) {
      db.run(
        'DELETE FROM schemas WHERE task_id = ? AND version < ?',
        taskId,
        version ?? Number.MAX_SAFE_INTEGER,
      );
    },
  };
}
