import { CdcError } from '../../core/errors.ts';
import { CHECKSUM_LENGTH, checksumError, checksumMatches } from './checksum.ts';
import type {
  BinlogEvent,
  EventHeader,
  FormatDescriptionEvent,
  SkippedEvent,
  TableMap,
  TableMapEvent,
  TransactionPayloadEvent,
} from './event.ts';
import { EVENT, eventName, FLAG } from './event-types.ts';
import { parseFormatDescription } from './events/format-description.ts';
import { parseGtid } from './events/gtid.ts';
import { parseGtidTagged } from './events/gtid-tagged.ts';
import { parseHeartbeat, parseHeartbeatV2 } from './events/heartbeat.ts';
import { parseIncident } from './events/incident.ts';
import { parseGtidList, parseMariadbGtid } from './events/mariadb-gtid.ts';
import { parsePreviousGtids } from './events/previous-gtids.ts';
import { parseQuery } from './events/query.ts';
import { artificialRotateEnd, isArtificial, parseRotate } from './events/rotate.ts';
import { parseRows } from './events/rows.ts';
import { rowsLayout } from './events/rows-layout.ts';
import { parseAnnotateRows, parseRowsQuery } from './events/rows-query.ts';
import { skippedEvent } from './events/skipped.ts';
import { isSameBody, parseTableMap, tableIdOf } from './events/table-map.ts';
import { innerEvents, parseTransactionPayload } from './events/transaction-payload.ts';
import { parseXaPrepare } from './events/xa-prepare.ts';
import { parseXid } from './events/xid.ts';
import { HEADER_LENGTH, parseHeader } from './header.ts';
import type { WalkLayout } from './kernel/transaction-walker.ts';
import { ByteReader, corrupt, describeEvent } from './reader.ts';

export interface ParserOptions {
  readonly verifyChecksum: boolean;
  /** Assumed until the first format description tells. */
  readonly flavor?: 'mysql' | 'mariadb';
  /** What the session asked the server for; without it events before the first format description tell by themselves. */
  readonly checksum?: 'none' | 'crc32';
}

/** Post-header lengths where no format description has been seen. */
const DEFAULT_POST_HEADER: ReadonlyMap<number, number> = new Map([
  [EVENT.QUERY, 13],
  [EVENT.MARIADB_QUERY_COMPRESSED, 13],
]);

/** Of MySQL from 5.6, MariaDB from 10.0 on; 0: the server has no such event. */
const PLAIN_POST_HEADERS: readonly (readonly [number, readonly number[]])[] = [
  [EVENT.QUERY, [13]],
  [EVENT.TABLE_MAP, [8]],
  [EVENT.WRITE_ROWS_V1, [8, 0]],
  [EVENT.UPDATE_ROWS_V1, [8, 0]],
  [EVENT.DELETE_ROWS_V1, [8, 0]],
  [EVENT.WRITE_ROWS, [10, 0]],
  [EVENT.UPDATE_ROWS, [10, 0]],
  [EVENT.DELETE_ROWS, [10, 0]],
];

/**
 * Makes events out of the bytes of one stream, a dump or files in order. Keeps what later events need: the
 * format description and the table maps. Synchronous, no I/O; the events hold views of the bytes given.
 */
export class BinlogParser {
  readonly #verify: boolean;
  #flavor: 'mysql' | 'mariadb';
  #checksum: 'none' | 'crc32' | null;
  #postHeaderLengths: Uint8Array = new Uint8Array(0);
  #walkLayout: WalkLayout | null = null;
  /** Those that rows events may speak of: since the last format description. */
  #tableMaps = new Map<number, TableMap>();
  /** Those of the file before: a table map with equal bytes is the same object again. */
  #olderTableMaps = new Map<number, TableMap>();

  constructor(options: ParserOptions) {
    this.#verify = options.verifyChecksum;
    this.#flavor = options.flavor ?? 'mysql';
    this.#checksum = options.checksum ?? null;
  }

  /**
   * One whole event, header and checksum included. CDC_BINLOG_CORRUPT, CDC_BINLOG_CHECKSUM, CDC_EVENT_UNKNOWN,
   * CDC_EVENT_ENCRYPTED, CDC_TABLE_MAP_MISSING.
   */
  parse(bytes: Buffer): BinlogEvent {
    const header = parseHeader(bytes);
    if (header.typeCode === EVENT.FORMAT_DESCRIPTION) return this.#describe(bytes, header);
    return this.#parseBody(bytes, header, this.#bodyEnd(bytes, header));
  }

  /** The events inside a compressed transaction. */
  events(payload: TransactionPayloadEvent): Iterable<BinlogEvent> {
    return innerEvents(payload, (bytes) => {
      const header = parseHeader(bytes);
      if (header.typeCode === EVENT.TRANSACTION_PAYLOAD || header.typeCode === EVENT.FORMAT_DESCRIPTION) {
        throw corrupt(payload.header, `its payload holds a ${eventName(header.typeCode)} event`);
      }
      return this.#parseBody(bytes, header, bytes.length);
    });
  }

  /** How plain events lie in the log; null where they do not, or it is not known yet. */
  get walkLayout(): WalkLayout | null {
    return this.#walkLayout;
  }

  /** A table map that was read elsewhere: rows events may speak of it. */
  remember(map: TableMap): void {
    this.#tableMaps.set(map.tableId, map);
  }

  #describe(bytes: Buffer, header: EventHeader): FormatDescriptionEvent {
    const event = parseFormatDescription(bytes, header, this.#verify);
    this.#flavor = event.flavor;
    this.#checksum = event.checksum;
    this.#postHeaderLengths = event.postHeaderLengths;
    const { flavor, checksum, postHeaderLengths } = event;
    const isPlain = PLAIN_POST_HEADERS.every(([code, plain]) =>
      plain.includes(postHeaderLengths[code - 1] ?? 0),
    );
    this.#walkLayout = isPlain ? { flavor, checksum, verify: this.#verify } : null;
    this.#olderTableMaps = this.#tableMaps;
    this.#tableMaps = new Map();
    return event;
  }

  /** Where the checksum begins; the checksum is verified on the way. */
  #bodyEnd(bytes: Buffer, header: EventHeader): number {
    if (header.typeCode === EVENT.ROTATE && isArtificial(header)) {
      return artificialRotateEnd(bytes, header, this.#checksum);
    }
    if (this.#checksum === 'none') return bytes.length;
    const end = bytes.length - CHECKSUM_LENGTH;
    if (this.#checksum === null) return checksumMatches(bytes) ? end : bytes.length;
    if (end < HEADER_LENGTH)
      throw corrupt(header, `wanted 4 bytes of checksum, had ${end + 4 - HEADER_LENGTH}`);
    if (this.#verify && !checksumMatches(bytes)) throw checksumError(header);
    return end;
  }

  #postHeaderLength(typeCode: number): number {
    return this.#postHeaderLengths[typeCode - 1] ?? DEFAULT_POST_HEADER.get(typeCode) ?? 0;
  }

  #parseBody(bytes: Buffer, header: EventHeader, end: number): BinlogEvent {
    const { typeCode } = header;
    const layout = rowsLayout(typeCode);
    if (layout !== null) {
      return parseRows(bytes, header, end, layout, this.#postHeaderLength(typeCode), this.#tableMaps);
    }
    if (typeCode === EVENT.TABLE_MAP) return this.#tableMap(bytes, header, end);
    return this.#parseOther(new ByteReader(bytes, HEADER_LENGTH, end, header));
  }

  #tableMap(bytes: Buffer, header: EventHeader, end: number): TableMapEvent {
    const postHeaderLength = this.#postHeaderLength(header.typeCode);
    const tableId = tableIdOf(bytes, header, end, postHeaderLength);
    const known = this.#tableMaps.get(tableId) ?? this.#olderTableMaps.get(tableId);
    const same = known !== undefined && isSameBody(known, bytes, end);
    const map = same ? known : parseTableMap(bytes, header, end, postHeaderLength, this.#flavor);
    this.#tableMaps.set(tableId, map);
    return { kind: 'table_map', header, map };
  }

  #parseOther(reader: ByteReader): BinlogEvent {
    const { header } = reader;
    switch (header.typeCode) {
      case EVENT.QUERY:
      case EVENT.MARIADB_QUERY_COMPRESSED:
        return parseQuery(
          reader,
          this.#postHeaderLength(header.typeCode),
          header.typeCode === EVENT.MARIADB_QUERY_COMPRESSED,
        );
      case EVENT.GTID:
      case EVENT.ANONYMOUS_GTID:
        return parseGtid(reader);
      case EVENT.GTID_TAGGED:
        return parseGtidTagged(reader);
      case EVENT.MARIADB_GTID:
        return parseMariadbGtid(reader);
      case EVENT.XID:
        return parseXid(reader);
      case EVENT.XA_PREPARE:
        return parseXaPrepare(reader);
      case EVENT.TRANSACTION_PAYLOAD:
        return parseTransactionPayload(reader);
      case EVENT.ROTATE:
        return parseRotate(reader);
      case EVENT.HEARTBEAT:
        return parseHeartbeat(reader, this.#flavor);
      case EVENT.HEARTBEAT_V2:
        return parseHeartbeatV2(reader);
      case EVENT.PREVIOUS_GTIDS:
        return parsePreviousGtids(reader);
      case EVENT.MARIADB_GTID_LIST:
        return parseGtidList(reader);
      case EVENT.ROWS_QUERY:
        return parseRowsQuery(reader);
      case EVENT.MARIADB_ANNOTATE_ROWS:
        return parseAnnotateRows(reader);
      case EVENT.INCIDENT:
        return parseIncident(reader);
      case EVENT.MARIADB_START_ENCRYPTION:
        // a dump has it too, flagged so: there the events behind it come in clear
        if ((header.flags & FLAG.IGNORABLE) !== 0) return this.#skip(header);
        throw new CdcError(
          'CDC_EVENT_ENCRYPTED',
          `${describeEvent(header)}: the events behind it are encrypted`,
        );
      default:
        return this.#skip(header);
    }
  }

  #skip(header: EventHeader): SkippedEvent {
    const known = skippedEvent(header);
    if (known !== null) return known;
    if ((header.flags & FLAG.IGNORABLE) !== 0) {
      return { kind: 'skipped', header, name: eventName(header.typeCode), carriesData: false };
    }
    throw new CdcError(
      'CDC_EVENT_UNKNOWN',
      `${describeEvent(header)} is not known, and its flags do not allow to skip it`,
    );
  }
}
