import manifest from '../package.json' with { type: 'json' };
import { dispatch } from './dispatch.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
// The reader of our output has seen enough (`galaxy tail | head`).
process.stdout.on('error', () => process.exit(0));

const code = await dispatch(process.argv.slice(2), manifest.version, {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: abort.signal,
});
// Pending timers and sockets of a client must not hold a finished command; what it wrote must get out.
process.stdout.write('', () => process.exit(code));
