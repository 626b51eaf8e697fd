import { CdcError } from '../errors.ts';
import type { Row } from './driver.ts';
import { formatTarget, type MysqlTarget } from './target.ts';

/** What the parts of this folder need of a session. */
export interface Queries {
  readonly target: MysqlTarget;
  query(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** What a server says of itself. Values are the global ones; '' where the server does not have the variable. */
export interface ServerFacts {
  readonly flavor: 'mysql' | 'mariadb';
  /** As the server writes it: `8.0.31`, `10.11.19-MariaDB-log`. */
  readonly version: string;
  /** [8, 0, 31] */
  readonly versionNumbers: readonly [number, number, number];
  /** MariaDB has none: `mariadb:<server_id>` stands there. */
  readonly serverUuid: string;
  readonly serverId: number;
  /** MariaDB's gtid_domain_id; null on MySQL. */
  readonly gtidDomainId: number | null;
  readonly logBin: boolean;
  /** ROW, STATEMENT, MIXED. */
  readonly binlogFormat: string;
  /** FULL, NOBLOB, MINIMAL, FULL_NODUP (MariaDB). */
  readonly rowImage: string;
  /** FULL, NO_LOG (MariaDB), MINIMAL; MINIMAL where the server is too old to have the setting. */
  readonly rowMetadata: string;
  /** ON, OFF and the steps between; ON on MariaDB, which always has GTIDs. */
  readonly gtidMode: string;
  /** CRC32, NONE. */
  readonly checksum: string;
  /** How long files are kept; 0 = until someone deletes them. */
  readonly binlogExpireSeconds: number;
  /** zstd-compressed transactions (MySQL) or events (MariaDB). */
  readonly binlogCompression: boolean;
  readonly binlogEncryption: boolean;
  /** PARTIAL_JSON or ''. */
  readonly rowValueOptions: string;
  readonly lowerCaseTableNames: number;
  readonly sqlMode: string;
  readonly maxAllowedPacketBytes: number;
  readonly characterSetServer: string;
  readonly collationServer: string;
  readonly readOnly: boolean;
  readonly timeZone: string;
}

const VARIABLES = [
  'version',
  'server_uuid',
  'server_id',
  'gtid_domain_id',
  'log_bin',
  'binlog_format',
  'binlog_row_image',
  'binlog_row_metadata',
  'binlog_row_value_options',
  'gtid_mode',
  'binlog_checksum',
  'binlog_expire_logs_seconds',
  'binlog_expire_logs_auto_purge',
  'expire_logs_days',
  'binlog_transaction_compression',
  'log_bin_compress',
  'binlog_encryption',
  'encrypt_binlog',
  'lower_case_table_names',
  'sql_mode',
  'max_allowed_packet',
  'character_set_server',
  'collation_server',
  'read_only',
  'time_zone',
] as const;

type Variable = (typeof VARIABLES)[number];

/** `8.0.31-commercial` to [8, 0, 31]; null where it does not begin so. */
export function parseVersion(text: string): readonly [number, number, number] | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Is the version at least this one? */
export function versionAtLeast(
  facts: Pick<ServerFacts, 'versionNumbers'>,
  major: number,
  minor: number,
  patch = 0,
): boolean {
  const [a, b, c] = facts.versionNumbers;
  if (a !== major) return a > major;
  return b === minor ? c >= patch : b > minor;
}

/** The seconds that binlog files are kept: MySQL 8 and MariaDB 10.6 have seconds, older servers days (MariaDB's may be fractions). */
function expireSeconds(value: (name: Variable) => string): number {
  if (value('binlog_expire_logs_auto_purge') === 'OFF') return 0;
  const seconds = Number(value('binlog_expire_logs_seconds') || 0);
  return seconds > 0 ? seconds : Math.round(Number(value('expire_logs_days') || 0) * 86_400);
}

/** From the rows of SHOW GLOBAL VARIABLES. CDC_SOURCE_VERSION where the version can't be read. */
export function factsFromVariables(rows: readonly Row[], target: MysqlTarget): ServerFacts {
  const values = new Map(rows.map((row) => [(row.Variable_name ?? '').toLowerCase(), row.Value ?? '']));
  const value = (name: Variable): string => values.get(name) ?? '';
  const on = (name: Variable): boolean => /^(ON|1|YES|TRUE)$/i.test(value(name));
  const version = value('version');
  const versionNumbers = parseVersion(version);
  if (versionNumbers === null) {
    throw new CdcError(
      'CDC_SOURCE_VERSION',
      `${formatTarget(target)} has the version "${version}", which can't be read`,
    );
  }
  const flavor = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  const serverId = Number(value('server_id') || 0);
  return {
    flavor,
    version,
    versionNumbers,
    serverUuid: flavor === 'mariadb' ? `mariadb:${serverId}` : value('server_uuid'),
    serverId,
    gtidDomainId: flavor === 'mariadb' ? Number(value('gtid_domain_id') || 0) : null,
    logBin: on('log_bin'),
    binlogFormat: value('binlog_format').toUpperCase(),
    rowImage: value('binlog_row_image').toUpperCase(),
    rowMetadata: value('binlog_row_metadata').toUpperCase() || 'MINIMAL',
    gtidMode: flavor === 'mariadb' ? 'ON' : value('gtid_mode').toUpperCase(),
    checksum: value('binlog_checksum').toUpperCase(),
    binlogExpireSeconds: expireSeconds(value),
    binlogCompression: on('binlog_transaction_compression') || on('log_bin_compress'),
    binlogEncryption: on('binlog_encryption') || on('encrypt_binlog'),
    rowValueOptions: value('binlog_row_value_options').toUpperCase(),
    lowerCaseTableNames: Number(value('lower_case_table_names') || 0),
    sqlMode: value('sql_mode'),
    maxAllowedPacketBytes: Number(value('max_allowed_packet') || 0),
    characterSetServer: value('character_set_server'),
    collationServer: value('collation_server'),
    readOnly: on('read_only'),
    timeZone: value('time_zone'),
  };
}

/** One query for all, without error where a server lacks some of the variables. */
export async function readServerFacts(session: Queries): Promise<ServerFacts> {
  const names = VARIABLES.map((name) => `'${name}'`).join(', ');
  const rows = await session.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
  return factsFromVariables(rows, session.target);
}
