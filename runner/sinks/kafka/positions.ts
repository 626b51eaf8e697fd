import { CdcError } from '../../../core/errors.ts';
import type { KafkaCluster } from './cluster.ts';
import { partitionOf } from './records/murmur2.ts';
import { type ReadBatch, readBatches } from './records/records-reader.ts';
import { brokerError } from './wire/error-codes.ts';
import { EARLIEST, FETCH, ISOLATION, LATEST, LIST_OFFSETS } from './wire/fetch.ts';

/** One record a task and commit: the key is the task's id, the value its mark. Compacted: the last one counts. */
export const POSITIONS_TOPIC = 'galaxy-positions';
export const POSITIONS_PARTITIONS = 8;
export const POSITIONS_CONFIG: Readonly<Record<string, string>> = {
  'cleanup.policy': 'compact',
  // a mark is read from its end backwards, and old ones are of no use
  'segment.bytes': '16777216',
  'compression.type': 'producer',
};

const FIRST_WINDOW = 500n;
const WINDOW_GROWTH = 8n;
const FETCH_BYTES = 1_048_576;
const EMPTY_MAX = 20;
const COMMIT_MARKER = 1;

interface Place {
  readonly cluster: KafkaCluster;
  readonly leader: number;
  readonly partition: number;
}

/**
 * The last mark of a task whose transaction was committed; null where there is none. To be called when the task's own
 * transactions have all ended (initProducerId sees to that). Those of other tasks may be open: so this reads all there
 * is and looks itself for the marker behind each mark, instead of waiting until everybody's have ended.
 */
export async function lastMark(
  cluster: KafkaCluster,
  taskId: string,
  leaders: readonly number[],
): Promise<string | null> {
  const key = Buffer.from(taskId);
  const partition = partitionOf(key, 0, key.length, leaders.length);
  const place = { cluster, partition, leader: leaders[partition] ?? -1 };
  const first = await offsetOf(place, EARLIEST);
  const end = await offsetOf(place, LATEST);
  for (let window = FIRST_WINDOW; ; window *= WINDOW_GROWTH) {
    const from = end - window > first ? end - window : first;
    const found = await scan(place, key, from, end);
    if (found !== null || from === first) return found;
  }
}

async function offsetOf({ cluster, leader, partition }: Place, timestamp: number): Promise<bigint> {
  const connection = await cluster.node(leader);
  const { code, offset } = await connection.send(LIST_OFFSETS, (body) =>
    body
      .int32(-1)
      .int8(ISOLATION)
      .array([partition], (index) =>
        body.string(POSITIONS_TOPIC).array([index], (item) => body.int32(item).int64(timestamp)),
      ),
  );
  if (code !== 0) throw brokerError(code, `asking for the offsets of ${POSITIONS_TOPIC}-${partition}`);
  return offset;
}

async function scan(place: Place, key: Buffer, from: bigint, end: bigint): Promise<string | null> {
  const search = new Search(key);
  let offset = from;
  let empty = 0;
  while (offset < end) {
    const batches = readBatches(await fetch(place, offset));
    const last = batches.at(-1);
    if (last === undefined) {
      empty += 1;
      if (empty < EMPTY_MAX) continue;
      throw new CdcError('CDC_SINK_ERROR', `${POSITIONS_TOPIC}-${place.partition} ends before its end`);
    }
    for (const batch of batches) search.take(batch);
    offset = last.lastOffset + 1n;
  }
  return search.found;
}

class Search {
  readonly #key: Buffer;
  /** Marks whose transaction has not ended yet, by producer. */
  readonly #open = new Map<bigint, string>();
  found: string | null = null;

  constructor(key: Buffer) {
    this.#key = key;
  }

  take({ producerId, isControl, records }: ReadBatch): void {
    if (isControl) {
      const mark = this.#open.get(producerId);
      this.#open.delete(producerId);
      // key of a marker: version INT16, type INT16
      if (mark !== undefined && records[0]?.key.readInt16BE(2) === COMMIT_MARKER) this.found = mark;
      return;
    }
    for (const { key, value } of records) {
      if (key.equals(this.#key)) this.#open.set(producerId, value.toString('utf8'));
    }
  }
}

async function fetch({ cluster, leader, partition }: Place, offset: bigint): Promise<Buffer> {
  const connection = await cluster.node(leader);
  const { code, records } = await connection.send(FETCH, (body) =>
    body
      .int32(-1)
      .int32(500)
      .int32(1)
      .int32(FETCH_BYTES)
      .int8(ISOLATION)
      .array([partition], (index) =>
        body
          .string(POSITIONS_TOPIC)
          .array([index], (item) => body.int32(item).int64(offset).int32(FETCH_BYTES)),
      ),
  );
  if (code !== 0) throw brokerError(code, `reading ${POSITIONS_TOPIC}-${partition}`);
  return records;
}
