/** A binlog dump: what a replica does, without being one. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CdcError } from '../errors.ts';
import { GtidSet } from '../gtid-set.ts';
import {
  binlogDump,
  binlogDumpGtid,
  DUMP_HEARTBEAT_V2,
  DUMP_NON_BLOCK,
  FIRST_POSITION,
  readErrPacket,
  registerReplica,
} from './commands.ts';
import { checkDumpStart, checkPositionRange, type DumpStart } from './dump-start.ts';
import { DumpStream } from './dump-stream.ts';
import { mysqlError, serverError } from './errors.ts';
import { PacketSplitter } from './packets.ts';
import { connectMysql, type MysqlSession } from './session.ts';
import { formatTarget, type MysqlTarget } from './target.ts';

export interface DumpOptions {
  readonly target: MysqlTarget;
  readonly flavor: 'mysql' | 'mariadb';
  /** Must be unique among the replicas of the source: it drops an older dump with the same one. */
  readonly serverId: number;
  readonly from: DumpStart;
  /** How often an idle server is to send a sign of life. */
  readonly heartbeatMs: number;
  /** End at the end of the binlog instead of waiting for more. */
  readonly stopAtEnd?: boolean;
  readonly connectTimeoutMs?: number;
  /** How much may be read ahead of the consumer. */
  readonly readAheadBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * The events of a dump in runs (../event-runs.ts), an array for each chunk that arrived: header, body and (where the
 * server writes them) checksum. They are views of the chunk. One consumer. The first event is an artificial rotate event that names file and position. Ends after close(), an abort, or (stopAtEnd) at the end of
 * the binlog; throws CDC_SOURCE_DISCONNECTED, CDC_BINLOG_PURGED, CDC_POSITION_INVALID, CDC_SERVER_ID_TAKEN ...
 */
export interface BinlogDump extends AsyncIterable<Buffer[]> {
  /** Ends the dump at once; harmless when repeated. */
  close(): void;
  /** Ends it so that its reader gets this error, behind what has come before. */
  fail(error: CdcError): void;
}

const HEARTBEAT_MS_MIN = 1;
/** A consumer that waits for its sink may leave the server waiting: it must not take that for a dead client. */
const SERVER_PATIENCE_SECONDS = 7 * 86_400;
const READ_AHEAD_BYTES = 1_048_576;
const REGISTER_TIMEOUT_MS = 10_000;
/** With the watch's own steps a dead connection is told within two heartbeats. */
const SILENCE_HEARTBEATS = 1.75;

/** MySQL tells zombies of a reconnected replica by uuid, so ours has to be the same in each of a task's runs. */
function replicaUuid(serverId: number): string {
  return `67616c61-7879-4000-8000-0000${serverId.toString(16).padStart(8, '0')}`;
}

/** Variables by which a server knows what its replica can read; each in its old and its new name. */
async function prepareSession(session: MysqlSession, options: DumpOptions): Promise<void> {
  const heartbeatNs = BigInt(Math.max(HEARTBEAT_MS_MIN, Math.round(options.heartbeatMs))) * 1_000_000n;
  const uuid = replicaUuid(options.serverId);
  await session.query(
    // The server's own setting, as replicas do: another one would not fit the checksums of its heartbeats.
    'SET @master_binlog_checksum = @@GLOBAL.binlog_checksum, @source_binlog_checksum = @@GLOBAL.binlog_checksum, ' +
      `@master_heartbeat_period = ${heartbeatNs}, @source_heartbeat_period = ${heartbeatNs}, ` +
      `@slave_uuid = '${uuid}', @replica_uuid = '${uuid}', ` +
      `SESSION net_write_timeout = ${SERVER_PATIENCE_SECONDS}, SESSION net_read_timeout = ${SERVER_PATIENCE_SECONDS}, ` +
      `SESSION wait_timeout = ${SERVER_PATIENCE_SECONDS}`,
  );
  if (options.flavor !== 'mariadb') return;
  await session.query('SET @mariadb_slave_capability = 4');
  if (options.from.kind === 'gtid') {
    await session.query(
      'SET @slave_connect_state = ?, @slave_gtid_strict_mode = 1, @slave_gtid_ignore_duplicates = 0',
      [options.from.gtidSet],
    );
  }
}

function dumpCommand(options: DumpOptions): Buffer {
  const { from, flavor, serverId } = options;
  const flags = (options.stopAtEnd ? DUMP_NON_BLOCK : 0) | (flavor === 'mysql' ? DUMP_HEARTBEAT_V2 : 0);
  if (from.kind === 'gtid') {
    return flavor === 'mariadb'
      ? binlogDump(serverId, flags, '', FIRST_POSITION)
      : binlogDumpGtid(serverId, flags, GtidSet.parse(from.gtidSet).encode());
  }
  checkPositionRange(from);
  return binlogDump(serverId, flags, from.file, from.position);
}

/** Servers answer a user without REPLICATION SLAVE as if the password were wrong, though we are logged in. */
function registrationError(error: { errno: number; message: string }, what: string): CdcError {
  const mapped = serverError(error.errno, error.message, what);
  if (mapped.code !== 'CDC_SOURCE_ACCESS_DENIED') return mapped;
  return new CdcError('CDC_SOURCE_GRANTS_MISSING', `${what}: the privilege REPLICATION SLAVE is missing`, {
    cause: mapped,
  });
}

/** Sends COM_REGISTER_REPLICA and waits for its OK. */
async function register(socket: Socket, options: DumpOptions, what: string): Promise<void> {
  const splitter = new PacketSplitter();
  const timeout = AbortSignal.timeout(REGISTER_TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  socket.write(registerReplica(options.serverId, 'galaxy'));
  try {
    for (;;) {
      socket.resume();
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      socket.pause();
      const answered = splitter.push(chunk).length > 0;
      if (splitter.terminator !== null) {
        throw registrationError(readErrPacket(splitter.terminator), what);
      }
      if (answered) return;
    }
  } catch (error) {
    if (timeout.aborted) throw new CdcError('CDC_SOURCE_DISCONNECTED', `${what}: no answer`);
    throw mysqlError(error, what);
  }
}

/**
 * Connects, registers as a replica and begins to read. Rejects with what connectMysql rejects with, with
 * CDC_SOURCE_GRANTS_MISSING, and with CDC_BINLOG_PURGED or CDC_POSITION_INVALID where that is known before the
 * dump; else these come with the first pull.
 */
export async function openDump(options: DumpOptions): Promise<BinlogDump> {
  const command = dumpCommand(options);
  const what = `reading the binlog of ${formatTarget(options.target)}`;
  const session = await connectMysql(options.target, {
    ...(options.connectTimeoutMs === undefined ? {} : { timeoutMs: options.connectTimeoutMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    readsMuch: true,
  });
  try {
    await checkDumpStart(session, options.flavor, options.from);
    await prepareSession(session, options);
  } catch (error) {
    session.destroy();
    throw error;
  }
  const { socket, pooled } = session.takeSocket();
  try {
    await register(socket, options, what);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const stream = new DumpStream(socket, {
    pooled,
    what,
    silenceMsMax: SILENCE_HEARTBEATS * options.heartbeatMs,
    readAheadBytes: options.readAheadBytes ?? READ_AHEAD_BYTES,
    mayEnd: options.stopAtEnd === true,
    signal: options.signal,
  });
  socket.write(command);
  return stream;
}
