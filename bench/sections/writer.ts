/**
 * Commits rows at a steady rate, each in a transaction of its own. Argument: JSON as below. A line on standard output
 * when all are written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

export interface WriterOrder {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly table: string;
  readonly rowsPerSecond: number;
  readonly seconds: number;
}

/** How many connections write in turn: one alone may be slower than the rate asked for. */
const CONNECTIONS = 4;
const TICK_MS = 5;

const order = JSON.parse(process.argv[2] ?? '{}') as WriterOrder;
const { host, port, user, password, table, rowsPerSecond, seconds } = order;
const connections = await Promise.all(
  Array.from({ length: CONNECTIONS }, () => createConnection({ host, port, user, password })),
);
const note = 'x'.repeat(100);
const wanted = rowsPerSecond * seconds;
const startedMs = performance.now();
let written = 0;
while (written < wanted) {
  const due = Math.min(Math.floor(((performance.now() - startedMs) / 1000) * rowsPerSecond), wanted);
  const first = written;
  await Promise.all(
    connections.map(async (connection, turn) => {
      for (let n = first + turn; n < due; n += CONNECTIONS) {
        await connection.query(`INSERT INTO ${table} (n, note) VALUES (?, ?)`, [n, note]);
      }
    }),
  );
  written = Math.max(due, written);
  await sleep(TICK_MS);
}
const tookS = (performance.now() - startedMs) / 1000;
process.stdout.write(`${JSON.stringify({ written, tookS })}\n`);
await Promise.all(connections.map((connection) => connection.end()));
