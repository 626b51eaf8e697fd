/**
 * What `npm test` and `npm run check` run: `run-all.ts` everything, `run-all.ts check` what needs no server.
 * Ends with one line of counts; whatever could not run counts as failed. Only what a machine can't have (a Docker engine
 * where there is no root, say) counts as skipped, and why is said before that line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningEmulator, startEmulator } from '../../infra/local/emulator/emulator.ts';
import type { RunningServers, StartOptions } from '../../infra/local/provider.ts';
import { addCounts, type Counts, closingLine, NO_COUNTS } from './counts.ts';
import { dockerfileBase } from './emulator.ts';
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

const skipped: string[] = [];
const counts = await runStages();
const line = closingLine(counts, Date.now() - started);
for (const reason of skipped) process.stdout.write(`\n   skipped: ${reason}`);
process.stdout.write(`\ngalaxy ${onlyCheck ? 'check' : 'tests'}: ${line}\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 && !abort.signal.aborted ? 0 : 1;

async function runStages(): Promise<Counts> {
  // The servers come up, or are downloaded, while the checks run.
  const servers = onlyCheck ? undefined : begin('servers', startTestServers);
  const aws = onlyCheck
    ? undefined
    : begin('emulator', (options) => startEmulator(dockerfileBase(), options));
  let total = NO_COUNTS;
  const vitest = (project: string) => () => runVitest(project, process.env, abort.signal);
  // The deployment is evaluated only here: its platform folder is too much for a quick check.
  for (const stage of [runChecks, vitest('unit'), ...(onlyCheck ? [] : [vitest('infra')])]) {
    if (!abort.signal.aborted) total = addCounts(total, await stage());
  }
  if (servers === undefined) return total;
  const [running, emulator] = await Promise.all([servers, aws]);
  try {
    for (const project of ['integration', 'e2e', 'emulator']) {
      if (!abort.signal.aborted) total = addCounts(total, await runOnServers(project, running, emulator));
    }
  } finally {
    await emulator?.stop();
    await running?.stop();
  }
  return total;
}

/** What did not start has said so, and the tests that need it count as failed. */
async function runOnServers(
  project: string,
  servers: RunningServers | undefined,
  emulator: RunningEmulator | undefined,
): Promise<Counts> {
  if (servers === undefined) return { ...NO_COUNTS, failed: 1 };
  const env = { ...process.env, GALAXY_TEST_SERVERS: JSON.stringify(servers.addresses) };
  if (project !== 'emulator') return await runVitest(project, env, abort.signal);
  if (emulator === undefined) return { ...NO_COUNTS, failed: 1 };
  for (const part of Object.values(emulator.emulator)) if ('missing' in part) skipped.push(part.missing);
  const ends = { ...env, GALAXY_EMULATOR: JSON.stringify(emulator.emulator) };
  return await runVitest(project, ends, abort.signal);
}

async function begin<T>(name: string, start: (options: StartOptions) => Promise<T>): Promise<T | undefined> {
  const log = (text: string): void => {
    process.stdout.write(`   ${name}: ${text}\n`);
  };
  try {
    return await start({ env: process.env, log });
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
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
