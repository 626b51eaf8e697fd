import { decodeCursor, encodeCursor } from '../cursor.ts';
import { HISTORY_KEPT_MS, type HistoryEntry, type HistoryStore } from '../history.ts';
import type { Database } from './database.ts';

/** Time and row id of the last entry that was given. */
const PLACE = /^\d{1,15},\d{1,15}$/;

export function createHistoryStore(db: Database): HistoryStore {
  return {
    async append(taskId, entry) {
      db.transaction(() => {
        db.run(
          'INSERT INTO history (task_id, at_ms, item) VALUES (?, ?, ?)',
          taskId,
          entry.atMs,
          JSON.stringify(entry),
        );
        db.run('DELETE FROM history WHERE task_id = ? AND at_ms < ?', taskId, entry.atMs - HISTORY_KEPT_MS);
      });
    },
    async page(taskId, { limit, cursor }) {
      const [atMs = Number.MAX_SAFE_INTEGER, id = Number.MAX_SAFE_INTEGER] =
        cursor === undefined ? [] : decodeCursor(cursor, PLACE).split(',').map(Number);
      const rows = db.all(
        'SELECT id, at_ms, item FROM history WHERE task_id = ? AND (at_ms, id) < (?, ?) ORDER BY at_ms DESC, id DESC LIMIT ?',
        taskId,
        atMs,
        id,
        limit + 1,
      );
      const entries = rows.slice(0, limit).map((row) => JSON.parse(String(row.item)) as HistoryEntry);
      const last = rows[limit - 1];
      const more = rows.length > limit && last !== undefined;
      return {
        entries,
        ...(more ? { cursor: encodeCursor(`${String(last.at_ms)},${String(last.id)}`) } : {}),
      };
    },
    async delete(taskId) {
      db.run('DELETE FROM history WHERE task_id = ?', taskId);
    },
  };
}
