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
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(error.code) ||
  // ER_SECURE_TRANSPORT_REQUIRED; and 1045's twin for accounts made with REQUIRE SSL has no number of its own.
  error.errno === 3159;

interface Mapped {
  readonly code: ErrorCode;
  readonly options?: CdcErrorOptions;
}

/** ER_MASTER_FATAL_ERROR_READING_BINLOG: one number for all that can end a dump; only the text tells them apart. */
function mapDumpError(text: string): Mapped {
  if (/max_allowed_packet|log event entry exceeded/i.test(text)) {
    return {
      code: 'CDC_SOURCE_ERROR',
      options: {
        retryable: false,
        hint: 'SET GLOBAL max_allowed_packet (and replica_max_allowed_packet) = 1073741824 on the source, or check the position.',
      },
    };
  }
  if (/same server_uuid|same server_id|server.?id.*as this (slave|replica)/i.test(text)) {
    return { code: 'CDC_SERVER_ID_TAKEN' };
  }
  if (
    /has purged|purged required|purged binary logs|could not find first log file|not in the master's binlog|not in the binlog|missing transactions/i.test(
      text,
    )
  ) {
    return { code: 'CDC_BINLOG_PURGED' };
  }
  if (/has more GTIDs than the (master|source)|gtid.*(not|diverge)|an alternate history/i.test(text)) {
    return {
      code: 'CDC_POSITION_INVALID',
      options: {
        hint: 'The GTID set holds transactions that this server never had: it is another server, or it lost data.',
      },
    };
  }
  if (
    /impossible position|position (?:>|past|beyond)|> file size|bogus data|wrong offset|unknown (?:error reading|event)|log event|binlog truncated|truncated|not a binary|wrong magic|bad magic|misaligned|position/i.test(
      text,
    )
  ) {
    return { code: 'CDC_POSITION_INVALID' };
  }
  if (/binary log(ging)? is not (open|enabled)|not using binary log/i.test(text))
    return { code: 'CDC_BINLOG_OFF' };
  return { code: 'CDC_SOURCE_ERROR' };
}

function mapServerError(error: DriverError): Mapped {
  switch (error.errno) {
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1044: // ER_DBACCESS_DENIED_ERROR
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    case 1130: // ER_HOST_NOT_PRIVILEGED
    case 1131: // ER_PASSWORD_ANONYMOUS_USER
    case 1251: // ER_NOT_SUPPORTED_AUTH_MODE
    case 1275: // ER_SERVER_IS_IN_SECURE_AUTH_MODE
    case 1524: // ER_PLUGIN_IS_NOT_LOADED
    case 1820: // ER_MUST_CHANGE_PASSWORD
    case 1862: // ER_MUST_CHANGE_PASSWORD_LOGIN
    case 3118: // ER_ACCOUNT_HAS_BEEN_LOCKED
    case 3955: // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
    case 4151: // ER_ACCOUNT_HAS_BEEN_LOCKED of MariaDB
    case 4166: // ER_USER_IS_BLOCKED of MariaDB
      return { code: 'CDC_SOURCE_ACCESS_DENIED' };
    case 1227: // ER_SPECIFIC_ACCESS_DENIED_ERROR
    case 1142: // ER_TABLEACCESS_DENIED_ERROR
    case 1143: // ER_COLUMNACCESS_DENIED_ERROR
      return { code: 'CDC_SOURCE_GRANTS_MISSING' };
    case 1381: // ER_NO_BINARY_LOGGING
      return { code: 'CDC_BINLOG_OFF' };
    case 1236:
      return mapDumpError(error.message);
    case 1789: // ER_MASTER_HAS_PURGED_REQUIRED_GTIDS
    case 1947: // ER_GTID_POSITION_NOT_FOUND_IN_BINLOG of MariaDB
    case 1955: // ER_GTID_POSITION_NOT_FOUND_IN_BINLOG2 of MariaDB
      return { code: 'CDC_BINLOG_PURGED' };
    case 1049:
      return { code: 'CDC_SOURCE_DATABASE_MISSING' };
    case 1053: // ER_SERVER_SHUTDOWN
    case 1077:
    case 1927: // ER_CONNECTION_KILLED of MariaDB
    case 3169: // ER_SESSION_WAS_KILLED
    case 4031: // ER_CLIENT_INTERACTION_TIMEOUT
    case 1152: // ER_ABORTING_CONNECTION
    case 1158:
    case 1159:
    case 1160:
    case 1161: // network errors as the server saw them
    case 1040: // ER_CON_COUNT_ERROR
    case 1203: // ER_TOO_MANY_USER_CONNECTIONS
    case 1129: // ER_HOST_IS_BLOCKED
      return { code: error.errno === 1129 ? 'CDC_SOURCE_UNREACHABLE' : 'CDC_SOURCE_DISCONNECTED' };
    default:
      return { code: 'CDC_SOURCE_ERROR' };
  }
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
