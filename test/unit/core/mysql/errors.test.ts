import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import { mysqlError, serverError } from '../../../../core/mysql/errors.ts';

const withCode = (code: string, message = 'it failed'): Error => Object.assign(new Error(message), { code });

describe('an error of the connection', () => {
  test.each([
    ['ECONNREFUSED', 'CDC_SOURCE_UNREACHABLE'],
    ['ENOTFOUND', 'CDC_SOURCE_UNREACHABLE'],
    ['EAI_AGAIN', 'CDC_SOURCE_UNREACHABLE'],
    ['ETIMEDOUT', 'CDC_SOURCE_UNREACHABLE'],
    ['EHOSTUNREACH', 'CDC_SOURCE_UNREACHABLE'],
    ['ECONNRESET', 'CDC_SOURCE_DISCONNECTED'],
    ['EPIPE', 'CDC_SOURCE_DISCONNECTED'],
    ['PROTOCOL_CONNECTION_LOST', 'CDC_SOURCE_DISCONNECTED'],
    ['HANDSHAKE_NO_SSL_SUPPORT', 'CDC_SOURCE_TLS'],
    ['HANDSHAKE_SSL_ERROR', 'CDC_SOURCE_TLS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CDC_SOURCE_TLS'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'CDC_SOURCE_TLS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CDC_SOURCE_TLS'],
    ['CERT_HAS_EXPIRED', 'CDC_SOURCE_TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CDC_SOURCE_TLS'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'CDC_SOURCE_TLS'],
    ['AUTH_SWITCH_PLUGIN_ERROR', 'CDC_SOURCE_ACCESS_DENIED'],
  ])('%s becomes %s', (code, expected) => {
    const error = mysqlError(withCode(code), 'connecting to db:3306 as galaxy');
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(/^connecting to db:3306 as galaxy: it failed/);
  });

  test('that fails on every address of a name is told by its code', () => {
    const error = mysqlError(
      Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
      'connecting',
    );
    expect([error.code, error.message]).toEqual(['CDC_SOURCE_UNREACHABLE', 'connecting: ECONNREFUSED']);
  });

  test('keeps its cause, and an error that is mapped already stays as it is', () => {
    const cause = withCode('ECONNRESET');
    const error = mysqlError(cause, 'reading');
    expect(error.cause).toBe(cause);
    expect(mysqlError(error, 'again')).toBe(error);
  });

  test('with a negative errno is the system’s, not the server’s', () => {
    const refused = Object.assign(withCode('ECONNREFUSED'), { errno: -111 });
    expect(mysqlError(refused, 'connecting').message).not.toContain('111');
  });
});

describe('an error of the server', () => {
  test.each([
    [1045, 'CDC_SOURCE_ACCESS_DENIED'],
    [1044, 'CDC_SOURCE_ACCESS_DENIED'],
    [1698, 'CDC_SOURCE_ACCESS_DENIED'],
    [1130, 'CDC_SOURCE_ACCESS_DENIED'],
    [1227, 'CDC_SOURCE_GRANTS_MISSING'],
    [1142, 'CDC_SOURCE_GRANTS_MISSING'],
    [1381, 'CDC_BINLOG_OFF'],
    [4052, 'CDC_SERVER_ID_TAKEN'],
    [1053, 'CDC_SOURCE_DISCONNECTED'],
    [1040, 'CDC_SOURCE_UNREACHABLE'],
    [3159, 'CDC_SOURCE_TLS'],
    [1789, 'CDC_BINLOG_PURGED'],
    [1064, 'CDC_SOURCE_ERROR'],
  ])('%i becomes %s', (errno, expected) => {
    const error = serverError(errno, 'what the server says', 'reading');
    expect(error).toBeInstanceOf(CdcError);
    expect([error.code, error.message]).toEqual([expected, `reading: what the server says (error ${errno})`]);
  });
});

/** Texts as the servers write them. */
const DUMP_TEXTS: readonly (readonly [string, string])[] = [
  ['Could not find first log file name in binary log index file', 'CDC_BINLOG_PURGED'],
  [
    "Cannot replicate because the source purged required binary logs. Replicate the missing transactions from elsewhere, or provision a new replica from backup. Consider increasing the source's binary log expiration period. The GTID set sent by the replica is '', and the missing transactions are '2df62e69-e793-11f1-886e-02fc00000001:1-3'",
    'CDC_BINLOG_PURGED',
  ],
  [
    'The slave is connecting using CHANGE MASTER TO MASTER_AUTO_POSITION = 1, but the master has purged binary logs containing GTIDs that the slave requires.',
    'CDC_BINLOG_PURGED',
  ],
  [
    'Could not find GTID state requested by slave in any binlog files. Probably the slave state is too old and required binlog files have been purged.',
    'CDC_BINLOG_PURGED',
  ],
  ["could not find next log; the first event 'binlog.000001' at 4", 'CDC_BINLOG_PURGED'],
  [
    "Error: connecting slave requested to start from GTID 0-1-99, which is not in the master's binlog",
    'CDC_POSITION_INVALID',
  ],
  [
    "Replica has more GTIDs than the source has, using the source's SERVER_UUID. This may indicate that the the last binary log file was truncated or lost",
    'CDC_POSITION_INVALID',
  ],
  [
    "Slave has more GTIDs than the master has, using the master's SERVER_UUID. This may indicate that the end of the binary log was truncated",
    'CDC_POSITION_INVALID',
  ],
  ['Client requested source to start replication from position > file size', 'CDC_POSITION_INVALID'],
  ['Client requested master to start replication from impossible position', 'CDC_POSITION_INVALID'],
  ["bogus data in log event; the first event 'binlog.000001' at 5", 'CDC_POSITION_INVALID'],
  [
    "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source; the first event 'binlog.000001' at 5",
    'CDC_POSITION_INVALID',
  ],
  ['binlog truncated in the middle of event; consider out of disk space on source', 'CDC_POSITION_INVALID'],
  [
    'The replication sender thread cannot start in AUTO_POSITION mode: this server has GTID_MODE = OFF instead of ON.',
    'CDC_POSITION_INVALID',
  ],
  [
    "A replica with the same server_uuid/server_id as this replica has connected to the source; the first event 'binlog.000001' at 4",
    'CDC_SERVER_ID_TAKEN',
  ],
  [
    "A slave with the same server_uuid/server_id as this slave has connected to the master; the first event '' at 4",
    'CDC_SERVER_ID_TAKEN',
  ],
  ['Binary log is not open', 'CDC_BINLOG_OFF'],
  [
    'Slave can not handle replication events with the checksum that master is configured to log',
    'CDC_SOURCE_DISCONNECTED',
  ],
  ['Misconfigured master - server_id was not set', 'CDC_SOURCE_ERROR'],
];

describe('error 1236, which is told apart by its text', () => {
  test.each(DUMP_TEXTS)('%s', (text, expected) => {
    expect(serverError(1236, text, 'reading').code).toBe(expected);
  });
});
