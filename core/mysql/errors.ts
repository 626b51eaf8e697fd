import { CdcError, type CdcErrorOptions, type ErrorCode } from '../errors.ts';

/** What mysql2, node:net, node:tls and node:dns put on their errors, as far as it is there. */
interface DriverError {
  readonly code: string;
  /** The server's error number; 0 where the error is not the server's. */
  readonly errno: number;
  readonly message: string;
}

function readDriverError(error: unknown): DriverError {
  if (!(error instanceof Error)) return { code: '', errno: 0, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // System errors have negative errno values (-111), the server's are positive.
  const errno = 'errno' in error && typeof error.errno === 'number' && error.errno > 0 ? error.errno : 0;
  // AggregateError (every address of a name failed) has no message of its own.
  const message = error.message === '' && code !== '' ? code : error.message;
  return { code, errno, message };
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
]);

const LOST = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
  'PROTOCOL_UNEXPECTED_PACKET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

const AUTH_PLUGIN = new Set(['AUTH_SWITCH_PLUGIN_ERROR', 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED']);

const isTlsError = (error: DriverError): boolean =>
  error.code === 'HANDSHAKE_NO_SSL_SUPPORT' ||
  error.code === 'HANDSHAKE_SSL_ERROR' ||
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(error.code);

interface Mapped {
  readonly code: ErrorCode;
  readonly options?: CdcErrorOptions;
}

const OTHER_HISTORY =
  'The checkpoint holds transactions that this server does not have: it is another server, or it lost data.';
const WRONG_PLACE = 'Choose a position where an event begins: SHOW BINLOG EVENTS lists them.';

/**
 * ER_MASTER_FATAL_ERROR_READING_BINLOG: one number for all that can end a dump, so only the text tells them apart
 * (MySQL writes master and slave until 8.0, source and replica from then on; MariaDB the old words). First match.
 */
const DUMP_ERRORS: readonly { readonly text: RegExp; readonly mapped: Mapped }[] = [
  { text: /same server_uuid\/server_id|same server_(uu)?id/i, mapped: { code: 'CDC_SERVER_ID_TAKEN' } },
  {
    text: /more GTIDs than|not in the \w+'s binlog|\bdiverged\b/i,
    mapped: { code: 'CDC_POSITION_INVALID', options: { hint: OTHER_HISTORY } },
  },
  {
    // The last two: a file that was deleted while, or just before, it was read.
    text: /\bpurged\b|could not find first log file|could not find GTID state|could not find next log|(could not|failed to) open (the )?(binary )?log/i,
    mapped: { code: 'CDC_BINLOG_PURGED' },
  },
  {
    text: /AUTO_POSITION|GTID_MODE/i,
    mapped: {
      code: 'CDC_POSITION_INVALID',
      options: { hint: 'The server has no GTIDs there (gtid_mode): start by file and position.' },
    },
  },
  {
    // Servers lift max_allowed_packet to its largest value for a dump, so a "too large" event is a misread one.
    text: /impossible position|position > file size|bogus data|exceeded max_allowed_packet|truncated in the middle|error reading log e|did not pass c/i,
    mapped: { code: 'CDC_POSITION_INVALID', options: { hint: WRONG_PLACE } },
  },
  { text: /binary log is not open/i, mapped: { code: 'CDC_BINLOG_OFF' } },
  {
    // The server's binlog_checksum was changed since we connected.
    text: /can ?not handle replication events with the checksum/i,
    mapped: { code: 'CDC_SOURCE_DISCONNECTED' },
  },
];

const mapDumpError = (text: string): Mapped =>
  DUMP_ERRORS.find((entry) => entry.text.test(text))?.mapped ?? { code: 'CDC_SOURCE_ERROR' };

/** Numbers of the server's errors; the names are those of its sources. */
const SERVER_ERRORS: readonly { readonly code: ErrorCode; readonly numbers: readonly number[] }[] = [
  {
    code: 'CDC_SOURCE_ACCESS_DENIED',
    numbers: [
      1045, // ER_ACCESS_DENIED_ERROR
      1044, // ER_DBACCESS_DENIED_ERROR
      1698, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
      1130, // ER_HOST_NOT_PRIVILEGED
      1131, // ER_PASSWORD_ANONYMOUS_USER
      1251, // ER_NOT_SUPPORTED_AUTH_MODE
      1275, // ER_SERVER_IS_IN_SECURE_AUTH_MODE
      1524, // ER_PLUGIN_IS_NOT_LOADED
      1820, // ER_MUST_CHANGE_PASSWORD
      1862, // ER_MUST_CHANGE_PASSWORD_LOGIN
      3118, // ER_ACCOUNT_HAS_BEEN_LOCKED
      3955, // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
      4151, // ER_ACCOUNT_HAS_BEEN_LOCKED of MariaDB
      4166, // ER_USER_IS_BLOCKED of MariaDB
    ],
  },
  {
    code: 'CDC_SOURCE_GRANTS_MISSING',
    numbers: [
      1227, // ER_SPECIFIC_ACCESS_DENIED_ERROR
      1142, // ER_TABLEACCESS_DENIED_ERROR
      1143, // ER_COLUMNACCESS_DENIED_ERROR
    ],
  },
  { code: 'CDC_SOURCE_DATABASE_MISSING', numbers: [1049 /* ER_BAD_DB_ERROR */] },
  { code: 'CDC_SERVER_ID_TAKEN', numbers: [4052 /* ER_SLAVE_SAME_ID of MariaDB */] },
  { code: 'CDC_BINLOG_OFF', numbers: [1381 /* ER_NO_BINARY_LOGGING */] },
  {
    code: 'CDC_BINLOG_PURGED',
    numbers: [
      1789, // ER_MASTER_HAS_PURGED_REQUIRED_GTIDS
      1373, // ER_UNKNOWN_TARGET_BINLOG
    ],
  },
  { code: 'CDC_SOURCE_TLS', numbers: [3159 /* ER_SECURE_TRANSPORT_REQUIRED */] },
  {
    code: 'CDC_POSITION_INVALID',
    numbers: [
      1773, // ER_MALFORMED_GTID_SET_ENCODING
      1772, // ER_MALFORMED_GTID_SET_SPECIFICATION
      1941, // ER_INCORRECT_GTID_STATE of MariaDB
    ],
  },
  {
    code: 'CDC_SOURCE_UNREACHABLE',
    numbers: [
      1129, // ER_HOST_IS_BLOCKED
      1040, // ER_CON_COUNT_ERROR
      1203, // ER_TOO_MANY_USER_CONNECTIONS
      1226, // ER_USER_LIMIT_REACHED
    ],
  },
  {
    code: 'CDC_SOURCE_DISCONNECTED',
    numbers: [
      1053, // ER_SERVER_SHUTDOWN
      1077, // ER_NORMAL_SHUTDOWN
      1079, // ER_SHUTDOWN_COMPLETE
      1152, // ER_ABORTING_CONNECTION
      1158, // ER_NET_READ_ERROR
      1159, // ER_NET_READ_INTERRUPTED
      1160, // ER_NET_ERROR_ON_WRITE
      1161, // ER_NET_WRITE_INTERRUPTED
      1317, // ER_QUERY_INTERRUPTED
      1927, // ER_CONNECTION_KILLED of MariaDB
      3169, // ER_SESSION_WAS_KILLED
      4031, // ER_CLIENT_INTERACTION_TIMEOUT
    ],
  },
];

const CODE_OF_NUMBER = new Map(
  SERVER_ERRORS.flatMap(({ code, numbers }) => numbers.map((number) => [number, code] as const)),
);

const ER_MASTER_FATAL_ERROR_READING_BINLOG = 1236;

function mapServerError(error: DriverError): Mapped {
  if (error.errno === ER_MASTER_FATAL_ERROR_READING_BINLOG) return mapDumpError(error.message);
  return { code: CODE_OF_NUMBER.get(error.errno) ?? 'CDC_SOURCE_ERROR' };
}

function mapDriverError(error: DriverError): Mapped {
  if (isTlsError(error)) return { code: 'CDC_SOURCE_TLS' };
  if (error.errno > 0) return mapServerError(error);
  if (UNREACHABLE.has(error.code)) return { code: 'CDC_SOURCE_UNREACHABLE' };
  if (LOST.has(error.code)) return { code: 'CDC_SOURCE_DISCONNECTED' };
  if (AUTH_PLUGIN.has(error.code)) return { code: 'CDC_SOURCE_ACCESS_DENIED' };
  if (/closed state|connection lost|after connection.*closed|socket/i.test(error.message)) {
    return { code: 'CDC_SOURCE_DISCONNECTED' };
  }
  return { code: 'CDC_SOURCE_ERROR' };
}

/**
 * Any error of the driver, the socket or the server as a CdcError whose message begins with what was tried.
 * What is a CdcError already stays as it is. The server's texts never hold a password.
 */
export function mysqlError(error: unknown, tried: string): CdcError {
  if (error instanceof CdcError) return error;
  const driver = readDriverError(error);
  const { code, options } = mapDriverError(driver);
  const number = driver.errno > 0 ? ` (error ${driver.errno})` : '';
  return new CdcError(code, `${tried}: ${driver.message}${number}`, { ...options, cause: error });
}

/** An ERR packet of the server during a dump. */
export function serverError(errno: number, message: string, tried: string): CdcError {
  return mysqlError(Object.assign(new Error(message), { errno }), tried);
}
