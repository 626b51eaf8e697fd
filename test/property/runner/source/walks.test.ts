/** What the kernel goes through by itself comes to the same as every event read by itself. */
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { EVENT } from '../../../../runner/binlog/event-types.ts';
import { TransactionWalker } from '../../../../runner/binlog/kernel/transaction-walker.ts';
import type { Format } from '../../../../runner/format/envelope.ts';
import { galaxyFormat } from '../../../../runner/format/galaxy.ts';
import { untilPlace } from '../../../../runner/source/until.ts';
import { fixChecksum, GOLDEN, goldenEvents } from '../../../support/binlog-files.ts';
import { streamBytes } from '../../../support/bytes-source.ts';
import { repeated } from '../../../support/repeated-log.ts';

const walking = galaxyFormat({ splitKeyChanges: true });
const stepping: Format = { ...galaxyFormat({ splitKeyChanges: true }), walker: null };

const NAMES = GOLDEN.filter((name) => !name.includes('tags'));
const versionOf = (name: string): string =>
  name.startsWith('mariadb')
    ? '10.11.0-MariaDB'
    : name.startsWith('mysql97')
      ? '9.7.0'
      : name.startsWith('mysql80')
        ? '8.0.31'
        : '5.7.22';
const isChecked = (name: string): boolean => !name.includes('nochecksum');

const NOTHING = { databases: [], tables: ['nowhere.nothing'], exclude: [] };

let walked = { events: 0, transactions: 0 };

beforeEach(() => {
  walked = { events: 0, transactions: 0 };
  const { walk } = TransactionWalker.prototype;
  vi.restoreAllMocks();
  vi.spyOn(TransactionWalker.prototype, 'walk').mockImplementation(function (
    this: TransactionWalker,
    ...args
  ) {
    const done = walk.apply(this, args);
    walked.events += done.events;
    walked.transactions += done.transactions;
    return done;
  });
});

/** Everything that the stream tells of itself. */
async function told(events: readonly Buffer[], options: Parameters<typeof streamBytes>[1]) {
  const boundaries: string[] = [];
  const gtids: string[] = [];
  let rows = 0;
  const listener = {
    progress: (
      boundary: { file: string; position: number; gtids: readonly string[] },
      more: number,
    ): void => {
      boundaries.push(`${boundary.file}:${boundary.position}`);
      gtids.push(...boundary.gtids.flatMap(each));
      rows += more;
    },
  };
  const { messages, error } = await streamBytes(events, { ...options, listener });
  const texts = messages.map(({ topic, value }) => `${topic} ${value}`);
  // MariaDB's newest stands for all before it
  const counted = options?.version?.includes('MariaDB') ? gtids.slice(-1) : gtids;
  return { texts, error: error?.message ?? null, rows, end: boundaries.at(-1) ?? null, gtids: counted };
}

/** `uuid:5-7` as its three. */
function each(set: string): string[] {
  const [, uuid, first, last] = /^(.*):(\d+)(?:-(\d+))?$/.exec(set) ?? [];
  if (first === undefined) return [set];
  const count = Number(last ?? first) - Number(first) + 1;
  return Array.from({ length: count }, (_, index) => `${uuid}:${Number(first) + index}`);
}

/** Cuts the events into chunks of runs of these lengths, in turn. */
function inChunks(events: readonly Buffer[], lengths: readonly number[]): Buffer[][] {
  const chunks: Buffer[][] = [];
  for (let at = 0, turn = 0; at < events.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    const run = Buffer.concat(events.slice(at, at + length));
    if (turn % 3 === 1) chunks.at(-1)?.push(run);
    else chunks.push([run]);
    at += length;
  }
  return chunks;
}

const CUTS = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 700 })), {
  minLength: 1,
  maxLength: 8,
});

test('whole transactions, in runs of any length and batches of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...NAMES),
      CUTS,
      fc.constantFrom(1, 700, 5_000, 65_536, 1_048_576),
      fc.integer({ min: 1, max: 7 }),
      async (name, cuts, batchBytesMax, together) => {
        const events = repeated(goldenEvents(name), { times: 12, together, checksum: isChecked(name) });
        const version = versionOf(name);
        const wanted = await told(events, { version, format: stepping, batchBytesMax });
        expect(wanted).toMatchObject({ error: null });
        const chunks = inChunks(events, cuts);
        expect(await told(events, { version, format: walking, batchBytesMax, chunks })).toEqual(wanted);
      },
    ),
    { numRuns: 60 },
  );
  expect(walked.transactions).toBeGreaterThan(1_000);
});

test('transactions larger than the window, a batch and its index', async () => {
  for (const name of NAMES) {
    const checksum = isChecked(name);
    const version = versionOf(name);
    for (const alone of [0, 2]) {
      const events = repeated(goldenEvents(name), { times: 400, together: 5_000, alone, checksum });
      const wanted = await told(events, { version, format: stepping, batchBytesMax: 1_048_576 });
      for (const lengths of [[40], [3_000], [100_000], [1, 5_000]]) {
        const options = { version, batchBytesMax: 1_048_576, chunks: inChunks(events, lengths) };
        expect(await told(events, { ...options, format: walking })).toEqual(wanted);
      }
    }
  }
  expect(walked.events).toBeGreaterThan(20_000);
}, 30_000);

test('transactions that fill the window with nothing to write', async () => {
  const events = repeated(goldenEvents('mysql97-full'), {
    times: 2_000,
    together: 50_000,
    alone: 2,
    checksum: true,
  });
  const wanted = await told(events, { format: stepping, filter: NOTHING });
  const chunks = inChunks(events, [7_000]);
  expect(await told(events, { format: walking, filter: NOTHING, chunks })).toEqual(wanted);
  expect(walked.events).toBeGreaterThan(20_000);
});

test('a rows event that is read by itself finds the table map that was passed over, files later', async () => {
  for (const name of NAMES) {
    const more = { times: 4, together: 3, alone: 2, descriptions: 2, checksum: isChecked(name) };
    const events = repeated(goldenEvents(name), more);
    const version = versionOf(name);
    const wanted = await told(events, { version, format: stepping });
    expect(wanted.error).toBeNull();
    expect(await told(events, { version, format: walking, chunks: inChunks(events, [50]) })).toEqual(wanted);
  }
});

test('a place that goes back is taken for the next four gigabytes', async () => {
  const events = repeated(goldenEvents('mysql97-full'), { times: 4, checksum: true });
  for (const type of [EVENT.GTID, EVENT.QUERY, EVENT.TABLE_MAP, EVENT.WRITE_ROWS, EVENT.XID]) {
    const places = events.flatMap((event, index) => (event[4] === type ? [index] : []));
    const at = places.at(-3) ?? 0;
    const back = events.map((event, index) => {
      if (index !== at) return event;
      const copy = Buffer.from(event);
      copy.writeUInt32LE(500, 13);
      return fixChecksum(copy);
    });
    const wanted = await told(back, { format: stepping });
    expect(await told(back, { format: walking, chunks: inChunks(back, [1_000]) })).toEqual(wanted);
  }
});

test('a filter that leaves tables out, or all of them', async () => {
  for (const name of NAMES) {
    const events = repeated(goldenEvents(name), { times: 20, checksum: isChecked(name) });
    const version = versionOf(name);
    const all = await told(events, { version, format: stepping });
    const { table, database } = JSON.parse(all.texts[0]?.replace(/^\S+ /, '') ?? '{}') as {
      table: string;
      database: string;
    };
    for (const tables of [[`${database}.${table}`], ['nowhere.nothing']]) {
      const filter = { databases: [], tables, exclude: [] };
      const wanted = await told(events, { version, format: stepping, filter });
      expect(wanted.texts.length).toBeLessThan(all.texts.length);
      const chunks = inChunks(events, [97]);
      expect(await told(events, { version, format: walking, filter, chunks })).toEqual(wanted);
    }
  }
  expect(walked.transactions).toBeGreaterThan(100);
});

test('a filter that comes into force with a transaction without rows', async () => {
  const events = repeated(goldenEvents('mysql97-full'), { times: 6, checksum: true });
  const ends = events.flatMap((event, index) => (event[4] === EVENT.XID ? [index] : []));
  const [before, end] = [ends.at(-30) ?? 0, ends.at(-29) ?? 0];
  // GTID event, BEGIN, XID
  const without = events.filter((_event, index) => index <= before + 2 || index >= end);
  const position = events[before]?.readUInt32LE(13) ?? 0;
  const laterFilters = [{ version: 2, filter: NOTHING, from: { file: 'binlog.000002', position } }];
  const all = await told(without, { format: stepping });
  const wanted = await told(without, { format: stepping, laterFilters });
  expect(wanted.texts.length).toBeLessThan(all.texts.length);
  expect(wanted.texts.length).toBeGreaterThan(0);
  expect(await told(without, { format: walking, laterFilters, chunks: inChunks(without, [9]) })).toEqual(
    wanted,
  );
});

test('a place in the middle of the log ends it there', async () => {
  const events = repeated(goldenEvents('mysql97-full'), { times: 6, checksum: true });
  const ends = events.filter((event) => event[4] === 16).map((event) => event.readUInt32LE(13));
  for (const position of [ends.at(20), ends.at(-3)].map((end) => (end ?? 0) - 1)) {
    const until = untilPlace({ file: 'binlog.000002', position });
    const wanted = await told(events, { format: stepping, until });
    expect(await told(events, { format: walking, until, chunks: inChunks(events, [1_000]) })).toEqual(wanted);
    expect(wanted.end).toBe(`binlog.000002:${position + 1}`);
  }
  expect(walked.transactions).toBeGreaterThan(10);
});

test('a damaged byte anywhere is told, and nothing of its event comes through', async () => {
  const sound = repeated(goldenEvents('mysql97-full'), { times: 4, checksum: true });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(sound.length - 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      CUTS,
      async (at, byte, flip, cuts) => {
        const events = sound.map((event, index) => {
          if (index !== at) return event;
          const copy = Buffer.from(event);
          // not its size: where the next event begins would be another question
          const any = byte % (copy.length - 4);
          const place = any < 9 ? any : any + 4;
          copy[place] = (copy[place] ?? 0) ^ flip;
          return copy;
        });
        const wanted = await told(events, { format: stepping });
        const found = await told(events, { format: walking, chunks: inChunks(events, cuts) });
        expect(found.error).toBe(wanted.error);
        // how much had been sent when the error came depends on the chunks
        const both = Math.min(found.texts.length, wanted.texts.length);
        expect(found.texts.slice(0, both)).toEqual(wanted.texts.slice(0, both));
        if (found.error === null) expect(found).toEqual(wanted);
      },
    ),
    { numRuns: 150 },
  );
  expect(walked.transactions).toBeGreaterThan(1_000);
});
