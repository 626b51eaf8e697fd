import { join } from 'node:path';
import { cachedFolder, exists } from '../../infra/local/native/cache.ts';
import { debianTree, treeCommand } from '../../infra/local/native/debian-tree.ts';
import type { NativeContext } from '../../infra/local/native/tools.ts';

/** Where the program is, and the plugins that its login needs. */
export interface Mysqlbinlog {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

const FOLDER = 'mysqlbinlog-9.7';

/** Oracle's own reader of binlogs, unpacked aside from the package of Debian's MySQL 9.7. */
export async function mysqlbinlog(context: NativeContext): Promise<Mysqlbinlog> {
  const root = await cachedFolder(context.cache, FOLDER, context.log, async (unfinished) => {
    await debianTree(context, unfinished, {
      suite: 'sid',
      packages: ['mysql-server-core'],
      exclude: ['./usr/sbin/*', './usr/share/mysql', '*telemetry*.so', '*/group_replication.so'],
    });
    if (!(await exists(join(unfinished, 'usr/bin/mysqlbinlog')))) {
      throw new Error('the package mysql-server-core of Debian sid holds no mysqlbinlog');
    }
  });
  return {
    command: await treeCommand({ root }, 'usr/bin/mysqlbinlog'),
    env: { LIBMYSQL_PLUGIN_DIR: join(root, 'usr/lib/mysql/plugin') },
  };
}
