/** The checks of a MySQL or MariaDB source, each with the SQL or setting that mends it. */
import { toCdcError } from '../../core/errors.ts';
import { type ServerFacts, versionAtLeast } from '../../core/mysql/facts.ts';
import { ServerList } from '../../core/mysql/server-list.ts';
import { connectMysql, type MysqlSession } from '../../core/mysql/session.ts';
import { formatTarget, type MysqlTarget } from '../../core/mysql/target.ts';
import { compileFilter } from '../../core/table-filter.ts';
import type { TableFilter } from '../../core/task.ts';
import { grantFindings } from './grants.ts';
import { otherServerFindings } from './other-servers.ts';
import type { CheckFinding } from './probes.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const DAY_SECONDS = 86_400;
const NAMED_MAX = 5;

const pass = (name: string, message: string): CheckFinding => ({ name, status: 'pass', message });
const warn = (name: string, message: string, fix: string): CheckFinding => ({
  name,
  status: 'warn',
  message,
  fix,
});

/** Connects, then asks everything. What is wrong is a finding; it throws only for what connectMysql can't name. */
export async function checkMysql(
  targets: readonly [MysqlTarget, ...MysqlTarget[]],
  filter: TableFilter,
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  let session: MysqlSession;
  try {
    const options = { timeoutMs: CONNECT_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
    const servers = new ServerList(targets);
    session = await servers.first((target) => connectMysql(target, options), signal);
  } catch (error) {
    const { code, message, hint } = toCdcError(error);
    return [{ name: 'connect', status: 'fail', code, message, fix: hint }];
  }
  try {
    const facts = await session.facts();
    const findings = [
      pass('connect', `${facts.flavor} ${facts.version} lets ${session.target.user} in`),
      ...settings(facts),
    ];
    findings.push(...(await grantFindings(session, facts)));
    findings.push(...(await tableFindings(session, facts, filter)));
    const others = targets.filter((target) => formatTarget(target) !== formatTarget(session.target));
    findings.push(...(await otherServerFindings(facts, others, signal)));
    return findings;
  } catch (error) {
    const { code, message, hint } = toCdcError(error);
    return [{ name: 'source', status: 'fail', code, message, fix: hint }];
  } finally {
    await session.end();
  }
}

function settings(facts: ServerFacts): CheckFinding[] {
  return [
    version(facts),
    binlog(facts),
    format(facts),
    rowImage(facts),
    rowMetadata(facts),
    retention(facts),
    gtids(facts),
  ];
}

function version(facts: ServerFacts): CheckFinding {
  const enough = facts.flavor === 'mariadb' ? versionAtLeast(facts, 10, 5) : versionAtLeast(facts, 5, 7);
  if (enough) return pass('version', facts.version);
  const message = `${facts.flavor} ${facts.version} is too old`;
  return {
    name: 'version',
    status: 'fail',
    code: 'CDC_SOURCE_VERSION',
    message,
    fix: 'Use MySQL 5.7+ or MariaDB 10.5+.',
  };
}

function binlog(facts: ServerFacts): CheckFinding {
  if (facts.logBin) return pass('log_bin', 'the server writes a binlog');
  return {
    name: 'log_bin',
    status: 'fail',
    code: 'CDC_BINLOG_OFF',
    message: 'the server writes no binlog (log_bin is OFF)',
    fix: 'Set log_bin = binlog and a server_id in my.cnf and restart the server.',
  };
}

function format(facts: ServerFacts): CheckFinding {
  if (facts.binlogFormat === 'ROW') return pass('binlog_format', 'ROW');
  return {
    name: 'binlog_format',
    status: 'fail',
    code: 'CDC_BINLOG_FORMAT',
    message: `binlog_format is ${facts.binlogFormat}: writes reach the log as statements, without rows`,
    fix: 'SET GLOBAL binlog_format = ROW; then reconnect the writers.',
  };
}

function rowImage(facts: ServerFacts): CheckFinding {
  if (facts.rowImage === 'FULL' || facts.rowImage === '') return pass('binlog_row_image', 'FULL');
  return warn(
    'binlog_row_image',
    `binlog_row_image is ${facts.rowImage}: columns that a change does not touch are absent from its message`,
    'SET GLOBAL binlog_row_image = FULL;',
  );
}

function rowMetadata(facts: ServerFacts): CheckFinding {
  if (facts.rowMetadata === 'FULL') return pass('binlog_row_metadata', 'FULL');
  return warn(
    'binlog_row_metadata',
    `binlog_row_metadata is ${facts.rowMetadata}: the log does not name columns, so the schema is asked for and checked`,
    'SET GLOBAL binlog_row_metadata = FULL; (MySQL 8.0+, MariaDB 10.5+)',
  );
}

function retention(facts: ServerFacts): CheckFinding {
  const seconds = facts.binlogExpireSeconds;
  if (seconds === 0 || seconds >= DAY_SECONDS)
    return pass('retention', seconds === 0 ? 'kept' : `${seconds} s`);
  return warn(
    'retention',
    `binlog files are deleted after ${seconds} s: a task that is stopped for longer can't resume`,
    `SET GLOBAL binlog_expire_logs_seconds = ${3 * DAY_SECONDS};`,
  );
}

function gtids(facts: ServerFacts): CheckFinding {
  if (facts.gtidMode === 'ON') return pass('gtid_mode', 'ON');
  return warn(
    'gtid_mode',
    `gtid_mode is ${facts.gtidMode || 'OFF'}: after a failover the task can't find its place on the new server`,
    'Turn gtid_mode ON (see the manual, "Enabling GTID Transactions Online").',
  );
}

const quoted = (names: readonly string[]): string => {
  const shown = names
    .slice(0, NAMED_MAX)
    .map((name) => `"${name}"`)
    .join(', ');
  return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown;
};

async function tableFindings(
  session: MysqlSession,
  facts: ServerFacts,
  filter: TableFilter,
): Promise<CheckFinding[]> {
  const foldCase = facts.lowerCaseTableNames !== 0;
  const fold = (name: string): string => (foldCase ? name.toLowerCase() : name);
  const databases = (await session.query('SHOW DATABASES')).map((row) => Object.values(row)[0] ?? '');
  const known = new Set(databases.map(fold));
  const missing = filter.databases.filter((name) => !name.includes('*') && !known.has(fold(name)));
  if (missing.length > 0) {
    return [
      {
        name: 'databases',
        status: 'fail',
        code: 'CDC_SOURCE_DATABASE_MISSING',
        message: `there is no database ${quoted(missing)} that this account can see`,
        fix: 'Correct the name in database, create it first, or GRANT SELECT on it.',
      },
    ];
  }
  const rows = await session.query(
    "SELECT t.table_schema AS db, t.table_name AS name, SUM(c.constraint_type = 'PRIMARY KEY') AS pk " +
      'FROM information_schema.tables t LEFT JOIN information_schema.table_constraints c ' +
      'ON c.table_schema = t.table_schema AND c.table_name = t.table_name ' +
      "WHERE t.table_type = 'BASE TABLE' GROUP BY t.table_schema, t.table_name LIMIT 20000",
  );
  const matcher = compileFilter(filter, foldCase);
  const tables = rows.filter((row) => matcher.matches(row.db ?? '', row.name ?? ''));
  const keyless = tables.filter((row) => Number(row.pk ?? 0) === 0).map((row) => `${row.db}.${row.name}`);
  return [
    tables.length > 0
      ? pass('tables', `${tables.length} table(s) match now`)
      : warn(
          'tables',
          'no table matches the filter yet',
          'Check database, tables and exclude_table, if that is not meant.',
        ),
    ...(keyless.length === 0
      ? []
      : [
          warn(
            'primary_keys',
            `without a primary key: ${quoted(keyless)}`,
            'ALTER TABLE … ADD PRIMARY KEY (…);',
          ),
        ]),
  ];
}
