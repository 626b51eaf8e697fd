/** Events of the types that no golden file has: a dump's heartbeats, accidents, and what servers of old or in groups write. */
import { EVENT } from '../../runner/binlog/event-types.ts';
import { buildDescription, buildEvent, goldenEvents, hex } from './binlog-files.ts';

export interface RareEvent {
  readonly bytes: Buffer;
  /** What a parser has to have seen before it. */
  readonly description: Buffer;
  readonly tableMap: Buffer | null;
}

const MYSQL = buildDescription({ version: '9.7.0' });
const NAME = Buffer.from('binlog.000001');

const MYSQL_BODIES: readonly (readonly [number, Buffer])[] = [
  [EVENT.STOP, Buffer.alloc(0)],
  [EVENT.LOAD, Buffer.alloc(40, 1)],
  [EVENT.CREATE_FILE, Buffer.alloc(40, 1)],
  [EVENT.APPEND_BLOCK, hex('01000000 616263')],
  [EVENT.EXEC_LOAD, hex('01000000')],
  [EVENT.DELETE_FILE, hex('01000000')],
  [EVENT.NEW_LOAD, Buffer.alloc(40, 1)],
  [EVENT.BEGIN_LOAD_QUERY, hex('01000000 616263')],
  [
    EVENT.EXECUTE_LOAD_QUERY,
    Buffer.concat([
      hex('01000000 00000000 02 0000 0000 01000000 00000000 00000000 00'),
      Buffer.from('db\0LOAD DATA'),
    ]),
  ],
  [EVENT.INCIDENT, Buffer.concat([hex('0100 05'), Buffer.from('LOST!')])],
  [EVENT.HEARTBEAT, NAME],
  [EVENT.HEARTBEAT_V2, Buffer.concat([hex('01 0d'), NAME, hex('02 09 fe 0000000002000000 00 00')])],
  [EVENT.IGNORABLE, Buffer.alloc(4)],
  [EVENT.TRANSACTION_CONTEXT, Buffer.alloc(60, 1)],
  [EVENT.VIEW_CHANGE, Buffer.alloc(60, 1)],
];

/** Rows of MariaDB in the layout of version 2, compressed: no server writes them, but they have a number and a meaning. */
function compressedRows(): RareEvent[] {
  const events = goldenEvents('mariadb-compressed-nochecksum');
  const types = new Map<number, number>([
    [EVENT.MARIADB_WRITE_ROWS_COMPRESSED_V1, EVENT.MARIADB_WRITE_ROWS_COMPRESSED],
    [EVENT.MARIADB_UPDATE_ROWS_COMPRESSED_V1, EVENT.MARIADB_UPDATE_ROWS_COMPRESSED],
    [EVENT.MARIADB_DELETE_ROWS_COMPRESSED_V1, EVENT.MARIADB_DELETE_ROWS_COMPRESSED],
  ]);
  const description = events[0] ?? Buffer.alloc(0);
  let tableMap: Buffer | null = null;
  const found = new Map<number, RareEvent>();
  for (const event of events) {
    if (event[4] === EVENT.TABLE_MAP) tableMap = event;
    const type = types.get(event[4] ?? 0);
    if (type === undefined) continue;
    // table id and flags, then the length of the extra information that version 1 does not have
    const body = Buffer.concat([event.subarray(19, 27), hex('0200'), event.subarray(27)]);
    found.set(type, { bytes: buildEvent({ type, body }), description, tableMap });
  }
  return [...found.values()];
}

export const RARE_EVENTS: readonly RareEvent[] = [
  ...MYSQL_BODIES.map(([type, body]) => ({
    bytes: buildEvent({ type, body, logPos: 4_000 }),
    description: MYSQL,
    tableMap: null,
  })),
  {
    bytes: buildEvent({ type: EVENT.HEARTBEAT, body: Buffer.concat([hex('0000000001000000'), NAME]) }),
    description: buildDescription({ version: '10.11.19-MariaDB' }),
    tableMap: null,
  },
  {
    bytes: buildEvent({
      type: EVENT.MARIADB_START_ENCRYPTION,
      body: hex('01 01000000 000102030405060708090a0b'),
    }),
    description: buildDescription({ version: '10.11.19-MariaDB' }),
    tableMap: null,
  },
  ...compressedRows(),
];
