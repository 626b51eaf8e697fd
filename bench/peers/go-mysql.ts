import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../../infra/local/native/cache.ts';
import { findProgram, type NativeContext, runTool } from '../../infra/local/native/tools.ts';
import type { BenchContext, Line } from '../lines/line.ts';
import { rowsOf } from '../stream/recorded-stream.ts';
import { peerRange } from './peer-range.ts';
import { peerRun } from './run-peer.ts';

const MODULE = 'github.com/go-mysql-org/go-mysql';
/** As go.mod has it. */
const VERSION = '1.16.0';

/**
 * go-mysql, by a small program of ours that is built here with the Go of the machine.
 * `checkout`: a folder with go-mysql's source, for machines whose module proxy does not serve it; null: the proxy.
 */
export function goMysqlLines(context: BenchContext, checkout: string | null): Line[] {
  const rows = rowsOf(context.stream.manifest);
  const version = checkout === null ? VERSION : '(a checkout)';
  const line = (id: string, label: string, how: 'json' | 'decode'): Line => ({
    id,
    label,
    rows,
    prepare: async () => {
      const program = await built(context.native, checkout);
      return peerRun(program, [how, JSON.stringify(peerRange(context))]);
    },
  });
  return [
    line('go-mysql-json', `go-mysql ${version}: rows as JSON`, 'json'),
    line('go-mysql-decode', `go-mysql ${version}: decoding only`, 'decode'),
  ];
}

async function built(context: NativeContext, checkout: string | null): Promise<string> {
  if ((await findProgram(context.env, 'go')) === undefined) throw new Error('Go is not on this machine');
  const source = join(import.meta.dirname, 'go-mysql');
  const digest = createHash('sha256').update(checkout ?? 'proxy');
  for (const name of ['main.go', 'go.mod']) digest.update(await readFile(join(source, name)));
  const name = `bench-go-mysql-${digest.digest('hex').slice(0, 8)}`;
  const folder = await cachedFolder(context.cache, name, context.log, async (unfinished) => {
    context.log('building the reader that uses go-mysql');
    await cp(source, unfinished, { recursive: true });
    const go = async (...args: string[]): Promise<void> => {
      await runTool(context, 'go', args, `go ${args[0]}`, { cwd: unfinished, env: { GOFLAGS: '-mod=mod' } });
    };
    if (checkout !== null) await go('mod', 'edit', `-replace=${MODULE}=${checkout}`);
    await go('mod', 'tidy');
    await go('build', '-o', 'reader', '.');
  });
  return join(folder, 'reader');
}
