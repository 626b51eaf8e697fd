import { join } from 'node:path';
import { cachedFolder } from './cache.ts';
import { type DebianTree, debianTree, treeCommand } from './debian-tree.ts';
import type { MysqlProgram } from './mysqld.ts';
import type { NativeContext } from './tools.ts';

/** The innovation and LTS line that Debian's unstable suite carries; the folder's name says which. */
const VERSION = '9.7';

/** MySQL 9.7, unpacked aside from Debian's unstable suite. */
export async function debianMysql(context: NativeContext): Promise<MysqlProgram> {
  const folder = await cachedFolder(context.cache, `mysql-${VERSION}`, context.log, async (unfinished) => {
    await debianTree(context, unfinished, {
      suite: 'sid',
      packages: ['mysql-server-core'],
      exclude: [
        './usr/bin/*',
        './usr/lib/mysql/plugin/group_replication.so',
        '*telemetry*.so',
        '*/libpluginmecab.so',
        '*/component_mysqlbackup.so',
        '*/libmecab*',
        './usr/share/mysql/mecab*',
      ],
    });
  });
  const tree: DebianTree = { root: folder };
  const share = join(folder, 'usr/share/mysql');
  return {
    name: 'mysql97',
    version: VERSION,
    command: await treeCommand(tree, 'usr/sbin/mysqld'),
    env: {},
    options: [
      `--basedir=${join(folder, 'usr')}`,
      `--plugin-dir=${join(folder, 'usr/lib/mysql/plugin')}`,
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${join(share, 'charsets')}`,
      '--innodb-redo-log-capacity=32M',
    ],
    serverOptions: ['--mysqlx=OFF', '--gtid-mode=ON', '--enforce-gtid-consistency=ON'],
  };
}
