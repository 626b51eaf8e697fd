/** Marks the file as ours: "galx". */
export const APPLICATION_ID = 0x67616c78;

/** One entry a version of the file; a file is moved on from the version it has. Never change an entry that was released. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE tasks (task_id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, item TEXT NOT NULL) STRICT;
   CREATE INDEX tasks_by_state ON tasks (state, task_id);
   CREATE TABLE leases (task_id TEXT PRIMARY KEY, owner TEXT, generation INTEGER NOT NULL, fencing_token INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL, status TEXT) STRICT;
   CREATE TABLE checkpoints (task_id TEXT PRIMARY KEY, fencing_token INTEGER NOT NULL, item TEXT) STRICT;
   CREATE TABLE schemas (task_id TEXT NOT NULL, version INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (task_id, version)) STRICT;
   CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, at_ms INTEGER NOT NULL, item TEXT NOT NULL) STRICT;
   CREATE INDEX history_by_task ON history (task_id, at_ms, id);
   CREATE TABLE secrets (name TEXT PRIMARY KEY, task_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;`,
  // a forgotten checkpoint is closed: the tokens up to its height are out for good
  `ALTER TABLE checkpoints ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX secrets_by_task ON secrets (task_id);
   PRAGMA application_id = ${APPLICATION_ID};`,
];
