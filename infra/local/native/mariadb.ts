import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './cache.ts';
import { debianTree, treeCommand } from './debian-tree.ts';
import { type MysqlProgram, serverArgs } from './mysqld.ts';
import { type NativeContext, runTool } from './tools.ts';

const VERSION = '10.11';

/** What mariadb-install-db feeds to the server, in its order. */
const SYSTEM_TABLES = [
  'mysql_system_tables.sql',
  'mysql_performance_tables.sql',
  'mysql_system_tables_data.sql',
  'fill_help_tables.sql',
  'maria_add_gis_sp_bootstrap.sql',
  'mysql_sys_schema.sql',
];

/** MariaDB 10.11, unpacked aside from Debian 12. */
export async function mariadb(context: NativeContext): Promise<MysqlProgram> {
  const folder = await cachedFolder(context.cache, `mariadb-${VERSION}`, context.log, async (unfinished) => {
    await debianTree(context, unfinished, {
      suite: 'bookworm',
      packages: ['mariadb-server-core'],
      exclude: ['./usr/bin/*'],
    });
  });
  return {
    name: 'mariadb',
    version: VERSION,
    command: await treeCommand({ root: folder }, 'usr/sbin/mariadbd'),
    env: {},
    options: [
      `--basedir=${join(folder, 'usr')}`,
      `--lc-messages-dir=${join(folder, 'usr/share/mysql')}`,
      `--character-sets-dir=${join(folder, 'usr/share/mysql/charsets')}`,
      `--plugin-dir=${join(folder, 'usr/lib/mysql/plugin')}`,
      '--innodb-log-file-size=16M',
    ],
    serverOptions: ['--gtid-domain-id=0', '--gtid-strict-mode=ON', '--log-slave-updates=ON'],
    initialise,
  };

  async function initialise(tools: NativeContext, program: MysqlProgram, dataFolder: string): Promise<void> {
    const texts = SYSTEM_TABLES.map((name) => readFile(join(folder, 'usr/share/mysql', name), 'utf8'));
    // A root without a password, for loopback only: the server listens nowhere else.
    const start = 'create database if not exists mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n';
    const stdinFile = join(tools.folder, 'mariadb-bootstrap.sql');
    await writeFile(stdinFile, start + (await Promise.all(texts)).join('\n'));
    const [file, ...args] = [...program.command, ...serverArgs(program, dataFolder), '--skip-log-bin'];
    const bootstrap = ['--bootstrap', '--log-warnings=0', '--enforce-storage-engine='];
    await runTool(tools, file, [...args, ...bootstrap], 'mariadbd --bootstrap', { stdinFile });
  }
}
