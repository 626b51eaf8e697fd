import { decodeCursor, encodeCursor, TASK_PLACE } from '../cursor.ts';
import { CdcError } from '../errors.ts';
import type { TaskPage, TaskRecord, TaskState, TaskStore } from '../task.ts';
import type { Database, Row } from './database.ts';

const record = (row: Row): TaskRecord => JSON.parse(String(row.item)) as TaskRecord;

function conflict(taskId: string): CdcError {
  return new CdcError('CDC_VERSION_CONFLICT', `task "${taskId}" has changed in the meantime`);
}

function inUse(taskId: string, known: TaskRecord | null): CdcError {
  return known?.desired === 'deleted'
    ? new CdcError('CDC_TASK_DELETING', `task "${taskId}" is being deleted`)
    : new CdcError('CDC_TASK_EXISTS', `there is a task "${taskId}" already`);
}

export function createTaskStore(db: Database): TaskStore {
  const get = (taskId: string): TaskRecord | null => {
    const row = db.get('SELECT item FROM tasks WHERE task_id = ?', taskId);
    return row === undefined ? null : record(row);
  };
  return {
    async create(task) {
      const made = db.run(
        'INSERT INTO tasks (task_id, version, state, item) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        task.taskId,
        task.version,
        task.state,
        JSON.stringify(task),
      );
      if (made !== 1) throw inUse(task.taskId, get(task.taskId));
    },
    async get(taskId) {
      return get(taskId);
    },
    async getMany(taskIds) {
      return db
        .all(
          'SELECT item FROM tasks WHERE task_id IN (SELECT value FROM json_each(?))',
          JSON.stringify(taskIds),
        )
        .map(record);
    },
    async idsByState(states) {
      const ids = (state: TaskState): string[] =>
        db
          .all('SELECT task_id FROM tasks WHERE state = ? ORDER BY task_id', state)
          .map((row) => String(row.task_id));
      return new Map(states.map((state) => [state, ids(state)]));
    },
    async list(options) {
      return listTasks(db, options);
    },
    async update(task) {
      const next: TaskRecord = { ...task, version: task.version + 1 };
      const changed = db.run(
        'UPDATE tasks SET version = ?, state = ?, item = ? WHERE task_id = ? AND version = ?',
        next.version,
        next.state,
        JSON.stringify(next),
        task.taskId,
        task.version,
      );
      if (changed !== 1) throw conflict(task.taskId);
      return JSON.parse(JSON.stringify(next)) as TaskRecord;
    },
    async remove(taskId, version) {
      if (db.run('DELETE FROM tasks WHERE task_id = ? AND version = ?', taskId, version) !== 1)
        throw conflict(taskId);
    },
  };
}

/** Pages go on after the last id, so that tasks which come and go between two pages shift nothing. */
function listTasks(db: Database, options: { limit: number; cursor?: string; state?: TaskState }): TaskPage {
  const after = options.cursor === undefined ? '' : decodeCursor(options.cursor, TASK_PLACE);
  const { state, limit } = options;
  return db.snapshot(() => {
    const rows =
      state === undefined
        ? db.all('SELECT item FROM tasks WHERE task_id > ? ORDER BY task_id LIMIT ?', after, limit + 1)
        : db.all(
            'SELECT item FROM tasks WHERE state = ? AND task_id > ? ORDER BY task_id LIMIT ?',
            state,
            after,
            limit + 1,
          );
    const counted =
      state === undefined
        ? db.get('SELECT count(*) AS total FROM tasks')
        : db.get('SELECT count(*) AS total FROM tasks WHERE state = ?', state);
    const tasks = rows.slice(0, limit).map(record);
    const last = tasks.at(-1);
    const more = rows.length > limit && last !== undefined;
    return {
      tasks,
      total: Number(counted?.total ?? 0),
      ...(more ? { cursor: encodeCursor(last.taskId) } : {}),
    };
  });
}
