import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { HistoryEntry, HistoryStore } from '../history.ts';
import type { Database } from './database.ts';

export function createHistoryStore(db: Database): HistoryStore {
  return {
    async append(taskId, entry) {
      db.run(
        'INSERT INTO history (task_id, at_ms, item) VALUES (?, ?, ?)',
        taskId,
        entry.atMs,
        JSON.stringify(entry),
      );
    },
    async page(taskId, { limit, cursor }) {
      const [atMs = Number.MAX_SAFE_INTEGER, id = Number.MAX_SAFE_INTEGER] =
        cursor === undefined ? [] : decodeCursor(cursor).split(',').map(Number);
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
