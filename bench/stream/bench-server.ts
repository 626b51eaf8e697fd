import type { MysqlName } from '../../infra/local/addresses.ts';
import { debianMysql } from '../../infra/local/native/mysql-debian.ts';
import { mavenMysql } from '../../infra/local/native/mysql-maven.ts';
import { MysqlServer } from '../../infra/local/native/mysqld.ts';
import { freePort } from '../../infra/local/native/ports.ts';
import type { NativeContext } from '../../infra/local/native/tools.ts';
import { ServersError } from '../../infra/local/provider.ts';

/** As the stream is defined: checksums, full metadata, files of 256 MiB. Nothing is ever purged. */
const OPTIONS = [
  '--binlog-checksum=CRC32',
  '--binlog-row-metadata=FULL',
  '--binlog-row-event-max-size=8192',
  '--max-binlog-size=256M',
  '--binlog-expire-logs-seconds=0',
  '--innodb-buffer-pool-size=512M',
];

export type BenchMysql = Extract<MysqlName, 'mysql97' | 'mysql80'>;

/** A MySQL of the bench's own, over a copy of a kept data folder or an empty one. It ends with its supervisor. */
export async function startBenchServer(
  context: NativeContext,
  name: BenchMysql,
  dataFolder?: string,
): Promise<MysqlServer> {
  const program = name === 'mysql97' ? await debianMysql(context) : await mavenMysql(context, name);
  const server = new MysqlServer(context, program, await freePort(), OPTIONS);
  await server.prepare(dataFolder);
  await server.start();
  return server;
}

export function benchMysql(name: string): BenchMysql {
  if (name === 'mysql97' || name === 'mysql80') return name;
  throw new ServersError(`--server must be mysql97 or mysql80, not ${name}`);
}
