/**
 * Sets of executed transactions, in the two servers' forms.
 *
 * MySQL: `uuid:interval[:interval…]`, from 8.3 on also `uuid:tag:interval`, joined by commas. A set names every
 * transaction; holes are possible. Reference: MySQL manual, "GTID Format and Storage"; wire form in
 * sql/rpl_gtid_set.cc, Gtid_set::encode.
 *
 * MariaDB: `domain-server-sequence` joined by commas, one for each domain: the last transaction executed there,
 * which stands for all before it.
 */
import { CdcError } from './errors.ts';
import { type Gno, GnoIntervals, nextGno, previousGno } from './gno-intervals.ts';
import { encodeGtids } from './gtid-encoding.ts';
import { parseGtids } from './gtid-text.ts';

/** What both forms do. */
interface AnySet {
  readonly isEmpty: boolean;
  /** Adds one transaction. Cheap for the next one in sequence. */
  add(gtid: string): void;
  /** Whether all of `gtids`, a GTID or a set as text, are in it. */
  contains(gtids: string): boolean;
  /** The canonical text: sorted, merged, lower case, without spaces. */
  toString(): string;
  clone(): AnySet;
}

export type AnyGtidSet = GtidSet | MariadbGtidSet;

/** Up to here a number is read without a bigint. */
const FAST_DIGITS_MAX = 15;

/** The digits behind the last colon; -1 where the slow path has to look. */
function fastGno(gtid: string, from: number): number {
  const length = gtid.length - from;
  if (length < 1 || length > FAST_DIGITS_MAX) return -1;
  let value = 0;
  for (let index = from; index < gtid.length; index += 1) {
    const digit = gtid.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** MySQL's GTID set. */
export class GtidSet implements AnySet {
  /** By `uuid` or `uuid:tag`, lower case. */
  readonly #sources = new Map<string, GnoIntervals>();

  static parse(text: string): GtidSet {
    const set = new GtidSet();
    parseGtids(text, (source, first, last) => set.addInterval(source, first, last));
    return set;
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  /** `uuid:gno` or `uuid:tag:gno`; sets are taken too. */
  add(gtid: string): void {
    const colon = gtid.lastIndexOf(':');
    const intervals = colon < 0 ? undefined : this.#sources.get(gtid.slice(0, colon));
    const gno = intervals === undefined ? -1 : fastGno(gtid, colon + 1);
    if (intervals !== undefined && gno > 0) intervals.add(gno, gno + 1);
    else this.addSet(GtidSet.parse(gtid));
  }

  /** Adds the transactions `first` to `last` of a source, `uuid` or `uuid:tag` in lower case. */
  addInterval(source: string, first: Gno, last: Gno): void {
    let intervals = this.#sources.get(source);
    if (intervals === undefined) {
      intervals = new GnoIntervals();
      this.#sources.set(source, intervals);
    }
    intervals.add(first, nextGno(last));
  }

  addSet(other: GtidSet): void {
    for (const [source, intervals] of other.#sources) {
      for (const [start, end] of intervals) this.addInterval(source, start, previousGno(end));
    }
  }

  union(other: GtidSet): GtidSet {
    const result = this.clone();
    result.addSet(other);
    return result;
  }

  /** What is here and not in `other`. */
  subtract(other: GtidSet): GtidSet {
    const result = this.clone();
    for (const [source, theirs] of other.#sources) {
      const ours = result.#sources.get(source);
      for (const [start, end] of ours === undefined ? [] : theirs) ours?.subtract(start, end);
      if (ours?.count === 0) result.#sources.delete(source);
    }
    return result;
  }

  contains(gtids: string | GtidSet): boolean {
    const other = typeof gtids === 'string' ? GtidSet.parse(gtids) : gtids;
    return other.#entries().every(([source, theirs]) => {
      const ours = this.#sources.get(source);
      return ours !== undefined && [...theirs].every(([start, end]) => ours.contains(start, end));
    });
  }

  equals(other: GtidSet): boolean {
    const ours = this.#entries();
    return (
      ours.length === other.#sources.size &&
      ours.every(([source, intervals]) => {
        const theirs = other.#sources.get(source);
        return theirs !== undefined && intervals.equals(theirs);
      })
    );
  }

  clone(): GtidSet {
    const copy = new GtidSet();
    for (const [source, intervals] of this.#sources) copy.#sources.set(source, intervals.clone());
    return copy;
  }

  /** Each source (`uuid` or `uuid:tag`) with its half-open intervals, in order. */
  intervals(): (readonly [source: string, readonly (readonly [start: Gno, end: Gno])[]])[] {
    return this.#entries().map(([source, intervals]) => [source, [...intervals]] as const);
  }

  /** As the server prints it, but on one line: sorted by uuid and tag, a uuid's tags behind it. */
  toString(): string {
    let text = '';
    let lastUuid = '';
    for (const [source, intervals] of this.#entries()) {
      const [uuid = '', tag] = source.split(':');
      if (uuid !== lastUuid) text += text === '' ? uuid : `,${uuid}`;
      lastUuid = uuid;
      if (tag !== undefined) text += `:${tag}`;
      for (const [start, end] of intervals) {
        const last = previousGno(end);
        text += last === start ? `:${start}` : `:${start}-${last}`;
      }
    }
    return text;
  }

  /** For COM_BINLOG_DUMP_GTID; see gtid-encoding.ts. */
  encode(): Buffer {
    return encodeGtids(this.#entries());
  }

  #entries(): (readonly [string, GnoIntervals])[] {
    return [...this.#sources].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

const MARIADB_GTID = /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/;
const U32_MAX = 2 ** 32 - 1;
const U64_MAX = 2n ** 64n - 1n;

interface MariadbGtid {
  readonly domain: number;
  readonly server: number;
  readonly sequence: bigint;
}

function parseMariadbGtid(gtid: string): MariadbGtid {
  const [, domain, server, sequence] = MARIADB_GTID.exec(gtid.trim()) ?? [];
  const parsed = { domain: Number(domain), server: Number(server), sequence: BigInt(sequence ?? 0) };
  if (
    sequence === undefined ||
    Math.max(parsed.domain, parsed.server) > U32_MAX ||
    parsed.sequence > U64_MAX
  ) {
    throw new CdcError('CDC_INVALID_REQUEST', `"${gtid.slice(0, 100)}" is not a MariaDB GTID`, {
      hint: 'Write domain-server-sequence, for several domains with commas, for example 0-1-23,1-2-5.',
    });
  }
  return parsed;
}

/** MariaDB's GTID position. */
export class MariadbGtidSet implements AnySet {
  readonly #domains = new Map<number, MariadbGtid>();

  static parse(text: string): MariadbGtidSet {
    const set = new MariadbGtidSet();
    for (const part of text.split(',')) if (part.trim() !== '') set.add(part);
    return set;
  }

  get isEmpty(): boolean {
    return this.#domains.size === 0;
  }

  /** The last one added of a domain is where it stands, whichever server wrote it. */
  add(gtid: string): void {
    const parsed = parseMariadbGtid(gtid);
    this.#domains.set(parsed.domain, parsed);
  }

  contains(gtids: string | MariadbGtidSet): boolean {
    const other = typeof gtids === 'string' ? MariadbGtidSet.parse(gtids) : gtids;
    return [...other.#domains.values()].every(({ domain, sequence }) => {
      const ours = this.#domains.get(domain);
      return ours !== undefined && ours.sequence >= sequence;
    });
  }

  equals(other: MariadbGtidSet): boolean {
    return this.toString() === other.toString();
  }

  clone(): MariadbGtidSet {
    const copy = new MariadbGtidSet();
    for (const [domain, gtid] of this.#domains) copy.#domains.set(domain, gtid);
    return copy;
  }

  /** Sorted by domain. */
  toString(): string {
    return [...this.#domains.values()]
      .sort((a, b) => a.domain - b.domain)
      .map(({ domain, server, sequence }) => `${domain}-${server}-${sequence}`)
      .join(',');
  }
}

export function emptyGtidSet(flavor: 'mysql' | 'mariadb'): AnyGtidSet {
  return flavor === 'mariadb' ? new MariadbGtidSet() : new GtidSet();
}

/** Parses a set in the server's text form; CDC_INVALID_REQUEST where it is none. */
export function parseGtidSet(flavor: 'mysql' | 'mariadb', text: string): AnyGtidSet {
  return flavor === 'mariadb' ? MariadbGtidSet.parse(text) : GtidSet.parse(text);
}
