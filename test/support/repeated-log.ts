/** Logs longer than the golden ones: their plain transactions over and over, at new places and under new numbers. */
import { EVENT } from '../../runner/binlog/event-types.ts';
import { fixChecksum } from './binlog-files.ts';

const LOG_POS_OFFSET = 13;
const GNO_OFFSET = 19 + 1 + 16;
const INNER: ReadonlySet<number> = new Set([
  EVENT.TABLE_MAP,
  EVENT.ROWS_QUERY,
  EVENT.MARIADB_ANNOTATE_ROWS,
  EVENT.WRITE_ROWS_V1,
  EVENT.UPDATE_ROWS_V1,
  EVENT.DELETE_ROWS_V1,
  EVENT.WRITE_ROWS,
  EVENT.UPDATE_ROWS,
  EVENT.DELETE_ROWS,
]);

const typeOf = (event: Buffer | undefined): number => event?.[4] ?? 0;

/** A transaction that has nothing but rows in it, or events that belong to none. */
interface Piece {
  readonly isPlain: boolean;
  readonly events: Buffer[];
}

const OPENING: ReadonlySet<number> = new Set([EVENT.GTID, EVENT.ANONYMOUS_GTID, EVENT.MARIADB_GTID]);

/** Where the rows of a transaction begin: behind GTID event and BEGIN, of which MariaDB has none. */
const beginsAt = (group: readonly Buffer[]): number => (typeOf(group[0]) === EVENT.MARIADB_GTID ? 1 : 2);

/** The events, cut before each GTID event and behind each XID. */
function pieces(events: readonly Buffer[]): Piece[] {
  const groups: Buffer[][] = [[]];
  for (const event of events) {
    const type = typeOf(event);
    if (OPENING.has(type)) groups.push([]);
    groups.at(-1)?.push(event);
    if (type === EVENT.XID) groups.push([]);
  }
  return groups.map((group) => ({
    events: group,
    isPlain:
      (beginsAt(group) === 1 || typeOf(group[1]) === EVENT.QUERY) &&
      typeOf(group.at(-1)) === EVENT.XID &&
      group.slice(beginsAt(group), -1).every((event) => INNER.has(typeOf(event))),
  }));
}

/** Makes one transaction of some. */
function joined(group: readonly Piece[]): Buffer[] {
  return group.flatMap(({ events }, place) =>
    events.slice(place === 0 ? 0 : beginsAt(events), place === group.length - 1 ? undefined : -1),
  );
}

export interface Repeated {
  readonly times: number;
  /** So many of them become one transaction, */
  readonly together?: number;
  /** but for the first so many times. */
  readonly alone?: number;
  /** Format descriptions behind those, as if so many files had passed. */
  readonly descriptions?: number;
  readonly checksum: boolean;
}

/** The events, with every row of plain transactions so many times over, at places and under numbers of their own. */
export function repeated(
  events: readonly Buffer[],
  { times, together = 1, alone = 0, descriptions = 0, checksum }: Repeated,
): Buffer[] {
  const description = events.find((event) => typeOf(event) === EVENT.FORMAT_DESCRIPTION);
  const longer: Buffer[] = [];
  let plain: Piece[] = [];
  const end = (): void => {
    for (let time = 0; time < alone; time += 1) longer.push(...plain.flatMap((piece) => piece.events));
    if (description !== undefined) longer.push(...Array<Buffer>(descriptions).fill(description));
    const all = Array.from({ length: times - alone }, () => plain).flat();
    for (let at = 0; at < all.length; at += together) longer.push(...joined(all.slice(at, at + together)));
    plain = [];
  };
  for (const piece of pieces(events)) {
    if (piece.isPlain) plain.push(piece);
    else if (piece.events.length > 0) {
      end();
      longer.push(...piece.events);
    }
  }
  end();
  return moved(longer, checksum);
}

/** Each event where the one before it ends, each transaction under the next number. */
function moved(events: readonly Buffer[], checksum: boolean): Buffer[] {
  let position = 4;
  let gno = 0n;
  let sequence = 0n;
  return events.map((event, index) => {
    position += event.length;
    if (index === 0 || typeOf(event) === EVENT.ROTATE) return event;
    const copy = Buffer.from(event);
    copy.writeUInt32LE(position, LOG_POS_OFFSET);
    if (typeOf(copy) === EVENT.GTID) {
      gno += 1n;
      copy.writeBigInt64LE(gno, GNO_OFFSET);
    }
    if (typeOf(copy) === EVENT.MARIADB_GTID) {
      sequence += 1n;
      copy.writeBigInt64LE(sequence, 19);
    }
    return checksum || typeOf(copy) === EVENT.FORMAT_DESCRIPTION ? fixChecksum(copy) : copy;
  });
}
