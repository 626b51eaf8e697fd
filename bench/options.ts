import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findTableSet, TABLE_SETS } from './sets/sets.ts';
import type { TableSet } from './sets/table-set.ts';
import { type BenchMysql, benchMysql } from './stream/bench-server.ts';

export interface BenchOptions {
  readonly set: TableSet;
  readonly rows: number;
  readonly server: BenchMysql;
  readonly runs: number;
  /** Ids of lines, or their beginnings; null: all. */
  readonly only: readonly string[] | null;
  /** Ids of peers, or their beginnings; null: all. */
  readonly peers: readonly string[] | null;
  /** A folder with the source of go-mysql; null: the module proxy is asked. */
  readonly goMysql: string | null;
  /** How long the load of the latency section goes on. */
  readonly latencyS: number;
  readonly json: string | null;
}

export const HELP = `usage: npm run bench -- [options]

Records a stream of row changes once, then reads it with galaxy and with what it is compared to, each run in a fresh
process, in turn; prints a table of medians.

  --set NAME     ${TABLE_SETS.map(({ name }) => name).join(' | ')} (default: orders)
  --rows N       rows to insert (default: the set's own; 1,000,000 of orders, with 300,000 updates, 100,000 deletes)
  --server NAME  mysql97 (default) | mysql80
  --runs N       of each line (default: 5)
  --only IDS     lines and sections whose id begins so, separated by commas: file-null, file-stdout, server-null,
                 mysqlbinlog-raw, mysqlbinlog-vv, kafka-none, kafka-lz4, kafka-zstd, kafka-exactly-once, filter,
                 start-up, latency, growth, the peers
  --latency-s N  seconds of load in the latency section (default: 30)
  --peers IDS    all (default) | none | of zongji-vlasky, zongji-powersync, go-mysql, java-connector,
                 debezium, maxwell
  --go-mysql DIR a checkout of go-mysql to build against, where the module proxy does not serve it
  --json FILE    writes all that was measured there
`;

/** null: --help was asked for. */
export function parseBenchOptions(args: string[]): BenchOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      set: { type: 'string', default: 'orders' },
      rows: { type: 'string' },
      server: { type: 'string', default: 'mysql97' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string' },
      'latency-s': { type: 'string', default: '30' },
      peers: { type: 'string', default: 'all' },
      'go-mysql': { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const set = findTableSet(values.set);
  if (set === undefined) throw new Error(`--set ${values.set}: no such set`);
  return {
    set,
    rows: values.rows === undefined ? set.defaultRows : positive('--rows', values.rows),
    server: benchMysql(values.server),
    runs: positive('--runs', values.runs),
    only: values.only === undefined ? null : values.only.split(','),
    peers: peersOf(values.peers),
    goMysql: values['go-mysql'] === undefined ? null : resolve(values['go-mysql']),
    latencyS: positive('--latency-s', values['latency-s']),
    json: values.json ?? null,
  };
}

function peersOf(text: string): string[] | null {
  if (text === 'all') return null;
  return text === 'none' ? [] : text.split(',');
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${name} must be a positive number, not ${text}`);
}
