/** The health check of the container: exit code 0 if the runner of GALAXY_RUN_ID says that it is well, else 1. */
import { connect } from 'node:net';
import { healthSocket } from './health.ts';

/** A runner that answers later than this stands still. */
const ANSWER_MS = 3_000;

function ask(runId: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(healthSocket(runId));
    let text = '';
    socket.setTimeout(ANSWER_MS, () => {
      socket.destroy();
      reject(new Error(`the runner does not answer within ${ANSWER_MS} ms`));
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

try {
  const text = await ask(process.env.GALAXY_RUN_ID ?? '');
  process.stdout.write(text);
  const { healthy } = JSON.parse(text) as { healthy: unknown };
  process.exitCode = healthy === true ? 0 : 1;
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
