import type { SchemaStore } from '../checkpoint.ts';
import { newerRunner } from './checkpoint-store.ts';
import type { Database } from './database.ts';

export function createSchemaStore(db: Database): SchemaStore {
  return {
    async put(taskId, token, version, state) {
      db.transaction(() => {
        const newer = db.get(
          `SELECT 1 FROM checkpoints WHERE task_id = ?1
             AND (fencing_token > ?2 OR (fencing_token = ?2 AND closed = 1))`,
          taskId,
          token,
        );
        if (newer !== undefined) throw newerRunner(taskId);
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
      if (version === undefined) db.run('DELETE FROM schemas WHERE task_id = ?', taskId);
      else db.run('DELETE FROM schemas WHERE task_id = ? AND version < ?', taskId, version);
    },
  };
}
