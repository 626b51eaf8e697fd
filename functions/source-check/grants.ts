/** What an account needs: to read the binlog as a replica, to see positions, to read the schema. */
import type { ServerFacts } from '../../core/mysql/facts.ts';
import type { MysqlSession } from '../../core/mysql/session.ts';
import type { CheckFinding } from './probes.ts';

interface Need {
  readonly name: string;
  /** Any of these privileges, granted on everything, is enough. */
  readonly anyOf: readonly string[];
  readonly grant: string;
}

function needsOf(facts: ServerFacts): Need[] {
  const client = facts.flavor === 'mariadb' ? 'BINLOG MONITOR' : 'REPLICATION CLIENT';
  return [
    {
      name: 'REPLICATION SLAVE',
      anyOf: ['REPLICATION SLAVE', 'REPLICATION REPLICA'],
      grant: 'REPLICATION SLAVE',
    },
    { name: client, anyOf: ['REPLICATION CLIENT', 'BINLOG MONITOR', 'SUPER'], grant: client },
  ];
}

/** The privileges that the grants give on `*.*`, and whether SELECT is given anywhere. */
export function readGrants(lines: readonly string[]): { global: Set<string>; select: boolean } {
  const global = new Set<string>();
  let select = false;
  for (const line of lines) {
    const match = /^GRANT (.+?) ON (\S+|`[^`]*`\.\S+) TO /i.exec(line);
    if (match?.[1] === undefined) continue;
    const privileges = match[1]
      .toUpperCase()
      .split(',')
      .map((text) => text.replace(/\(.*$/, '').trim());
    if (match[2] === '*.*') for (const privilege of privileges) global.add(privilege);
    if (privileges.includes('SELECT') || privileges.includes('ALL PRIVILEGES')) select = true;
  }
  return { global, select };
}

/** Reads SHOW GRANTS, the roles that are active included. */
export async function grantFindings(session: MysqlSession, facts: ServerFacts): Promise<CheckFinding[]> {
  const rows = await session.query('SHOW GRANTS');
  const lines = rows.map((row) => Object.values(row)[0] ?? '');
  const roles = lines.flatMap(
    (line) => /^GRANT (`[^`]+`@`[^`]+`(?:,`[^`]+`@`[^`]+`)*) TO /.exec(line)?.[1] ?? [],
  );
  if (facts.flavor === 'mysql' && roles.length > 0) {
    const using = await session.query(`SHOW GRANTS FOR CURRENT_USER() USING ${roles.join(',')}`);
    lines.push(...using.map((row) => Object.values(row)[0] ?? ''));
  }
  const { global, select } = readGrants(lines);
  const all = global.has('ALL PRIVILEGES');
  const missing = needsOf(facts).filter(
    (need) => !all && !need.anyOf.some((privilege) => global.has(privilege)),
  );
  const names = [...missing.map((need) => need.name), ...(select || all ? [] : ['SELECT'])];
  if (names.length === 0)
    return [{ name: 'grants', status: 'pass', message: 'the account may read the binlog and the schema' }];
  const grants = [...missing.map((need) => need.grant), ...(select || all ? [] : ['SELECT'])].join(', ');
  return [
    {
      name: 'grants',
      status: 'fail',
      code: 'CDC_SOURCE_GRANTS_MISSING',
      message: `the account lacks ${names.join(', ')}`,
      fix: `GRANT ${grants} ON *.* TO '${session.target.user.replaceAll("'", "''")}'@'%';`,
    },
  ];
}
