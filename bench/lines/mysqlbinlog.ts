import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { measure } from '../measure.ts';
import { rowsOf } from '../stream/recorded-stream.ts';
import { mysqlbinlog } from '../tools/mysqlbinlog.ts';
import type { BenchContext, Line, RunOnce } from './line.ts';

/**
 * The yardsticks: what it costs to copy the range's bytes from the server to files, without TLS as galaxy reads
 * here, and what it costs to print them decoded. They count no rows.
 */
export function mysqlbinlogLines(context: BenchContext): Line[] {
  const rows = rowsOf(context.stream.manifest);
  return [
    {
      id: 'mysqlbinlog-raw',
      label: 'mysqlbinlog --raw: server to files, undecoded',
      rows,
      prepare: () => prepare(context, 'raw'),
    },
    {
      id: 'mysqlbinlog-vv',
      label: 'mysqlbinlog -vv: server to /dev/null as text',
      rows,
      prepare: () => prepare(context, 'text'),
    },
  ];
}

async function prepare(context: BenchContext, how: 'raw' | 'text'): Promise<RunOnce> {
  const { native, mysql, stream, folder } = context;
  const program = await mysqlbinlog(native);
  const [file, ...before] = program.command;
  const target = join(folder, 'mysqlbinlog-raw');
  const output =
    how === 'raw' ? ['--raw', `--result-file=${target}/`] : ['-vv', '--base64-output=DECODE-ROWS'];
  const args = [
    ...before,
    '--no-defaults',
    '--read-from-remote-server',
    ...[`--host=${mysql.host}`, `--port=${mysql.port}`, `--user=${mysql.user}`, '--ssl-mode=DISABLED'],
    ...(mysql.password === '' ? ['--get-server-public-key'] : [`--password=${mysql.password}`]),
    ...output,
    ...stream.manifest.files.map(({ name }) => name),
  ];
  return async () => {
    await mkdir(target, { recursive: true });
    const measured = await measure({
      program: file,
      args,
      env: program.env,
      stdout: 'null',
      timeoutMs: 300_000,
    });
    await rm(target, { recursive: true });
    const { wallS, cpuS, peakRssBytes } = measured;
    return { wallS, cpuS, peakRssBytes, rows: null };
  };
}
