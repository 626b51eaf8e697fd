import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';
import { CdcError } from '../errors.ts';
import type { Database, Row } from './database.ts';

export function newerRunner(taskId: string): CdcError {
  return new CdcError('CDC_LEASE_LOST', `a newer runner writes the checkpoint of task "${taskId}"`);
}

const checkpoint = (row: Row): Checkpoint => JSON.parse(String(row.item)) as Checkpoint;

/** A row whose token is not out of date: lower than the writer's, or the same and not closed. */
const OPEN_TO_TOKEN =
  'fencing_token < excluded.fencing_token OR (fencing_token = excluded.fencing_token AND closed = 0)';

/**
 * A forgotten checkpoint keeps its row, closed at the height of the newest token that any runner of the task
 * had, claimed or not: a late writer must not bring it back, also not under a task made anew.
 */
export function createCheckpointStore(db: Database): CheckpointStore {
  const load = (taskId: string): Checkpoint | null => {
    const row = db.get('SELECT item FROM checkpoints WHERE task_id = ? AND item IS NOT NULL', taskId);
    return row === undefined ? null : checkpoint(row);
  };
  return {
    async claim(taskId, token) {
      return db.transaction(() => {
        const changed = db.run(
          `INSERT INTO checkpoints (task_id, fencing_token, item, closed) VALUES (?, ?, NULL, 0)
           ON CONFLICT (task_id) DO UPDATE SET fencing_token = excluded.fencing_token, closed = 0
             WHERE ${OPEN_TO_TOKEN}`,
          taskId,
          token,
        );
        if (changed !== 1) throw newerRunner(taskId);
        return load(taskId);
      });
    },
    async save(taskId, token, saved) {
      const changed = db.run(
        `INSERT INTO checkpoints (task_id, fencing_token, item, closed) VALUES (?, ?, ?, 0)
         ON CONFLICT (task_id) DO UPDATE SET fencing_token = excluded.fencing_token, item = excluded.item, closed = 0
           WHERE ${OPEN_TO_TOKEN}`,
        taskId,
        token,
        JSON.stringify(saved),
      );
      if (changed !== 1) throw newerRunner(taskId);
    },
    async load(taskId) {
      return load(taskId);
    },
    async loadMany(taskIds) {
      const rows = db.all(
        'SELECT task_id, item FROM checkpoints WHERE item IS NOT NULL AND task_id IN (SELECT value FROM json_each(?))',
        JSON.stringify(taskIds),
      );
      return new Map(rows.map((row) => [String(row.task_id), checkpoint(row)]));
    },
    async delete(taskId) {
      db.run(
        `INSERT INTO checkpoints (task_id, fencing_token, item, closed)
           SELECT task_id, max(fencing_token), NULL, 1 FROM (
             SELECT task_id, fencing_token FROM checkpoints WHERE task_id = ?1
             UNION ALL SELECT task_id, fencing_token FROM leases WHERE task_id = ?1
           ) GROUP BY task_id
         ON CONFLICT (task_id) DO UPDATE SET fencing_token = excluded.fencing_token, item = NULL, closed = 1`,
        taskId,
      );
    },
  };
}
