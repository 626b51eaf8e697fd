/**
 * How far a sink that keeps marks has this stream: text of ours, written with the messages in one transaction of the
 * sink and given back by it when it is opened.
 */

import type { SourceIdentity } from '../../core/checkpoint.ts';
import { CdcError } from '../../core/errors.ts';
import { type AnyGtidSet, GtidSet, MariadbGtidSet, parseGtidSet } from '../../core/gtid-set.ts';
import type { MessageBatch } from '../../core/message-batch.ts';
import { fileSequence } from '../../core/position.ts';
import { idOf } from '../format/message-id.ts';
import type { EmitMark } from './emitter.ts';
import type { ResumePoint } from './resume-point.ts';

/** `place`: the last message, or (inner event and row null) the end of its transaction. */
export interface Mark {
  readonly version: 1;
  /** Which start of which task it follows from: a task that begins anew owes nothing to it. */
  readonly start: string;
  readonly serverUuid: string;
  readonly flavor: SourceIdentity['flavor'];
  readonly file: string;
  readonly position: number;
  readonly innerEvent: number | null;
  readonly row: number | null;
  /** Transactions whose messages are all delivered; empty where the source has no GTIDs. */
  readonly gtids: string;
}

/** The mark that the sink gave back; null where there is none, or it is of an earlier start. */
export function readMark(text: string | null, start: string): Mark | null {
  if (text === null) return null;
  let mark: Partial<Mark>;
  try {
    mark = JSON.parse(text) as Partial<Mark>;
  } catch (error) {
    throw new CdcError('CDC_INTERNAL', 'the mark in the sink is not readable', { cause: error });
  }
  if (mark.version !== 1) {
    throw new CdcError('CDC_NOT_SUPPORTED', `the sink has a mark of version ${String(mark.version)}`, {
      hint: 'A newer Galaxy has written it: run that version, or post the task anew.',
    });
  }
  return mark.start === start ? (mark as Mark) : null;
}

/** Where the stream begins when it has no checkpoint yet: at the mark, where that is the end of a transaction. */
export function resumeFrom(mark: Mark): ResumePoint | null {
  if (mark.row !== null) return null;
  const { file, position, serverUuid, gtids, flavor } = mark;
  return { file, position, serverUuid, gtids: gtids === '' ? null : parseGtidSet(flavor, gtids) };
}

/** What the emitter passes over: everything up to a place of the same server, or whole transactions elsewhere. */
export interface Delivered {
  readonly skipTo: EmitMark | null;
  readonly gtids: AnyGtidSet | null;
}

/**
 * What is delivered already, seen from this server. CDC_SERVER_CHANGED where the sink has a part of a transaction that
 * another server has at a place of its own.
 */
export function deliveredAt(mark: Mark | null, serverUuid: string): Delivered {
  if (mark === null) return { skipTo: null, gtids: null };
  const { file, position, innerEvent, row, gtids, flavor } = mark;
  if (mark.serverUuid === serverUuid) {
    const last = Number.MAX_SAFE_INTEGER;
    const fileNumber = fileSequence(file) ?? 0;
    return {
      skipTo: { fileNumber, logPos: position, innerEvent: innerEvent ?? last, row: row ?? last },
      gtids: null,
    };
  }
  if (row !== null || gtids === '') {
    throw new CdcError(
      'CDC_SERVER_CHANGED',
      `a part of the transaction at ${file}:${position} of ${mark.serverUuid} is delivered, and that server is not there`,
      {
        hint: 'Bring that server back, or post the task anew (the transaction is then delivered again from its start).',
      },
    );
  }
  return { skipTo: null, gtids: parseGtidSet(flavor, gtids) };
}

const ID = /^(\d+)-(\d+)-(\d+)-(\d+)/;

/** Follows the stream and says at each place what the mark of it is. */
export class MarkKeeper {
  readonly #start: string;
  readonly #identity: SourceIdentity;
  readonly #gtids: AnyGtidSet | null;
  #file: string;
  #position: number;

  /** `delivered`: what the sink had when it was opened. */
  constructor(start: string, identity: SourceIdentity, from: ResumePoint, delivered: Mark | null) {
    this.#start = start;
    this.#identity = identity;
    this.#file = from.file;
    this.#position = from.position;
    this.#gtids = from.gtids?.clone() ?? null;
    if (this.#gtids !== null && delivered !== null && delivered.gtids !== '') {
      addAll(this.#gtids, parseGtidSet(delivered.flavor, delivered.gtids));
    }
  }

  /** A transaction of the source has ended. */
  ended(gtid: string | null, file: string, position: number): void {
    if (gtid !== null && this.#gtids !== null) addNewer(this.#gtids, gtid);
    this.#file = file;
    this.#position = position;
  }

  /** The mark behind the last transaction. */
  get atEnd(): string {
    return this.#text({ file: this.#file, position: this.#position, innerEvent: null, row: null });
  }

  /** The mark behind the last message of the batch, inside a transaction; null where the message does not tell. */
  within(batch: MessageBatch): string | null {
    const last = batch.count - 1;
    const value = batch.bytes.subarray(batch.keyEnd(last), batch.valueEnd(last));
    const [, number, position, innerEvent, row] = ID.exec(idOf(value)) ?? [];
    if (number === undefined) return null;
    // the name is only for people: places are compared by its number
    const file = `${this.#file.replace(/\d+$/, '')}${number.replace(/^0+(?=\d{6})/, '')}`;
    return this.#text({
      file,
      position: Number(position),
      innerEvent: Number(innerEvent),
      row: Number(row),
    });
  }

  #text(place: Pick<Mark, 'file' | 'position' | 'innerEvent' | 'row'>): string {
    const mark: Mark = {
      version: 1,
      start: this.#start,
      ...this.#identity,
      ...place,
      gtids: this.#gtids?.toString() ?? '',
    };
    return JSON.stringify(mark);
  }
}

function addAll(to: AnyGtidSet, from: AnyGtidSet): void {
  if (from instanceof GtidSet && to instanceof GtidSet) to.addSet(from);
  else for (const gtid of from.toString().split(',')) addNewer(to, gtid);
}

/** A MariaDB set has one place a domain, which must not go back. */
function addNewer(to: AnyGtidSet, gtid: string): void {
  if (gtid === '' || (to instanceof MariadbGtidSet && to.contains(gtid))) return;
  to.add(gtid);
}
