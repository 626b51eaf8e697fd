/**
 * What `npm test` and `npm run check` run: `run-all.ts` everything, `run-all.ts check` what needs no server.
 * Ends with one line of counts; whatever could not run counts as failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServers } from '../../infra/local/provider.ts';
import { addCounts, type Counts, closingLine, NO_COUNTS } from './counts.ts';
import { runProgram, runVitest } from './stages.ts';
import { startTestServers } from './start-test-servers.ts';

const started = Date.now();
// Whatever a test leaves in the system's folder for temporary files goes at the end.
const temporary = mkdtempSync(join(tmpdir(), 'galaxy-tests-'));
process.env.TMPDIR = temporary;
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
const onlyCheck = process.argv[2] === 'check';
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());

const counts = await runStages();
const line = closingLine(counts, Date.now() - started);
process.stdout.write(`\ngalaxy ${onlyCheck ? 'check' : 'tests'}: ${line}\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 && !abort.signal.aborted ? 0 : 1;

async function runStages(): Promise<Counts> {
  // The servers come up, or are downloaded, while the checks run.
  const servers = onlyCheck ? undefined : beginServers();
  let total = NO_COUNTS;
  for (const stage of [runChecks, () => runVitest('unit', process.env, abort.signal)]) {
    if (!abort.signal.aborted) total = addCounts(total, await stage());
  }
  if (servers === undefined) return total;
  const running = await servers;
  if (running === undefined) return addCounts(total, { passed: 0, failed: 2, skipped: 0 });
  try {
    const env = { ...process.env, GALAXY_TEST_SERVERS: JSON.stringify(running.addresses) };
    for (const project of ['integration', 'e2e']) {
      if (!abort.signal.aborted) total = addCounts(total, await runVitest(project, env, abort.signal));
    }
  } finally {
    await running.stop();
  }
  return total;
}

async function beginServers(): Promise<RunningServers | undefined> {
  try {
    return await startTestServers({
      env: process.env,
      log: (text) => process.stdout.write(`   servers: ${text}\n`),
    });
  } catch (error) {
    // Said at once, and the integration and end-to-end tests count as failed.
    process.stdout.write(`   servers: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}

async function runChecks(): Promise<Counts> {
  let total = NO_COUNTS;
  const checks = [
    ['types', 'typescript/bin/tsc', ['-p', '.']],
    ['lint', '@biomejs/biome/bin/biome', ['check', '.']],
    ['dead code', 'knip/bin/knip.js', []],
  ] as const;
  for (const [name, file, args] of checks) {
    if (!abort.signal.aborted) total = addCounts(total, await runProgram(name, file, args, abort.signal));
  }
  return total;
}
