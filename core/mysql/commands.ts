/**
 * The commands that begin a dump (manual: COM_REGISTER_REPLICA, COM_BINLOG_DUMP, COM_BINLOG_DUMP_GTID), each as
 * one whole packet with sequence number 0.
 */
const COM_BINLOG_DUMP = 0x12;
const COM_REGISTER_REPLICA = 0x15;
const COM_BINLOG_DUMP_GTID = 0x1e;

/** The server ends the dump at the end of its binlog instead of waiting for more. */
export const DUMP_NON_BLOCK = 0x01;
/** MySQL 8.0.26 and newer: heartbeats that can name positions above 4 GiB. Older servers ignore it. */
export const DUMP_HEARTBEAT_V2 = 0x02;

/** What COM_BINLOG_DUMP can name: its position has 32 bits. */
export const DUMP_POSITION_MAX = 0xffff_ffff;

/** The first event of every binlog file stands behind its 4 magic bytes. */
export const FIRST_POSITION = 4;

function packet(payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  return Buffer.concat([header, payload]);
}

/**
 *   u8 command  u32 server id  str8 host  str8 user  str8 password  u16 port  u32 rank  u32 source id
 * Host is what SHOW REPLICAS shows; the rest stays empty, as replicas leave it by default.
 */
export function registerReplica(serverId: number, host: string): Buffer {
  const name = Buffer.from(host, 'utf8').subarray(0, 60);
  const payload = Buffer.alloc(18 + name.length);
  payload.writeUInt8(COM_REGISTER_REPLICA, 0);
  payload.writeUInt32LE(serverId, 1);
  payload.writeUInt8(name.length, 5);
  name.copy(payload, 6);
  return packet(payload);
}

/** u8 command  u32 position  u16 flags  u32 server id  file name to the end */
export function binlogDump(serverId: number, flags: number, file: string, position: number): Buffer {
  const name = Buffer.from(file, 'utf8');
  const payload = Buffer.alloc(11 + name.length);
  payload.writeUInt8(COM_BINLOG_DUMP, 0);
  payload.writeUInt32LE(position, 1);
  payload.writeUInt16LE(flags, 5);
  payload.writeUInt32LE(serverId, 7);
  name.copy(payload, 11);
  return packet(payload);
}

/**
 *   u8 command  u16 flags  u32 server id  str32 file  u64 position  u32 length  encoded GTID set
 * The server finds the file by the set, so file stays empty.
 */
export function binlogDumpGtid(serverId: number, flags: number, gtids: Uint8Array): Buffer {
  const payload = Buffer.alloc(23 + gtids.length);
  payload.writeUInt8(COM_BINLOG_DUMP_GTID, 0);
  payload.writeUInt16LE(flags, 1);
  payload.writeUInt32LE(serverId, 3);
  payload.writeBigUInt64LE(BigInt(FIRST_POSITION), 11);
  payload.writeUInt32LE(gtids.length, 19);
  payload.set(gtids, 23);
  return packet(payload);
}

/** The parts of an ERR packet: 0xff, u16 number, '#' and 5 characters of SQL state, text. */
export function readErrPacket(payload: Buffer): { errno: number; message: string } {
  const errno = payload.length >= 3 ? payload.readUInt16LE(1) : 0;
  const text = payload.subarray(payload[3] === 0x23 ? 9 : 3).toString('utf8');
  return { errno, message: text };
}
