import { CdcError, toCdcError } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import type { MessageBatch } from '../../core/message-batch.ts';
import type { FilterVersion, TableFilter } from '../../core/task.ts';
import type { Format } from '../../runner/format/envelope.ts';
import { galaxyFormat } from '../../runner/format/galaxy.ts';
import { topicNames } from '../../runner/format/topic.ts';
import type { EventPolicy } from '../../runner/source/event-policy.ts';
import { FileSchema } from '../../runner/source/file-schema.ts';
import { FilterTimeline } from '../../runner/source/filter-timeline.ts';
import type { OpenSource } from '../../runner/source/source.ts';
import type { Until } from '../../runner/source/until.ts';
import { Stream } from '../../runner/stream.ts';
import type { StreamListener } from '../../runner/stream-options.ts';

/** Runs of events in memory, by chunks, as a source that ends with the last of them. */
export function bytesSource(
  chunks: readonly (readonly Buffer[])[],
  file: string,
  version: string,
): OpenSource {
  const flavor = version.includes('MariaDB') ? 'mariadb' : 'mysql';
  return async (from) => ({
    identity: { serverUuid: 'bytes', flavor },
    address: file,
    lost: '',
    foldCase: false,
    start: from ?? { file, position: 4, gtids: null, serverUuid: null },
    schema: new FileSchema(flavor, version),
    preamble: [],
    events: (async function* () {
      for (const chunk of chunks) {
        for (const run of chunk) checkSizes(run);
        yield chunk;
      }
    })(),
    reread: () => Promise.reject(new CdcError('CDC_INTERNAL', 'not in this test')),
    close: async () => {},
  });
}

/** As sources do: by their sizes runs are cut into events. */
function checkSizes(run: Buffer): void {
  let at = 0;
  while (at + 13 <= run.length && run.readUInt32LE(at + 9) >= 19) at += run.readUInt32LE(at + 9);
  if (at !== run.length) throw new CdcError('CDC_BINLOG_CORRUPT', 'the sizes of the events are wrong');
}

export interface BytesRun {
  /** `topic` and value of each message. */
  readonly messages: readonly { readonly topic: string; readonly value: string }[];
  readonly error: CdcError | null;
}

/** Streams events that are in memory to their end. */
export async function streamBytes(
  events: readonly Buffer[],
  options: {
    readonly file?: string;
    readonly version?: string;
    readonly policy?: EventPolicy;
    readonly format?: Format;
    readonly listener?: Partial<StreamListener>;
    /** How the events come; absent: in one chunk, each by itself. */
    readonly chunks?: readonly (readonly Buffer[])[];
    readonly batchBytesMax?: number;
    readonly filter?: TableFilter;
    /** Behind `filter`, which is the first version. */
    readonly laterFilters?: readonly FilterVersion[];
    readonly until?: Until;
  } = {},
): Promise<BytesRun> {
  const messages: { topic: string; value: string }[] = [];
  const all = { databases: [], tables: [], exclude: [] };
  const stream = new Stream({
    open: bytesSource(
      options.chunks ?? [events],
      options.file ?? 'binlog.000002',
      options.version ?? '9.7.0',
    ),
    start: null,
    timeline: new FilterTimeline([
      { version: 1, filter: options.filter ?? all, from: null },
      ...(options.laterFilters ?? []),
    ]),
    createSink: () => ({
      wants: 'messages',
      open: async () => {},
      close: async () => {},
      write: async (batch: MessageBatch) => {
        for (let index = 0; index < batch.count; index += 1) {
          const value = batch.bytes.toString('utf8', batch.keyEnd(index), batch.valueEnd(index));
          messages.push({ topic: batch.topics[batch.topicOf(index)] ?? '', value });
        }
      },
    }),
    format: options.format ?? galaxyFormat({ splitKeyChanges: true }),
    topics: topicNames('t', undefined),
    ddl: false,
    until: options.until ?? null,
    listener: {
      connected: () => {},
      progress: () => {},
      retrying: () => {},
      filterApplied: () => {},
      warning: () => {},
      statementWrite: () => {},
      ...options.listener,
    },
    log: createLog(() => {}, Date.now),
    clock: { now: Date.now },
    random: Math.random,
    batchBytesMax: options.batchBytesMax ?? 65_536,
    inFlightBytesMax: 1_048_576,
    xaHeldBytesMax: 1_048_576,
    retry: 'never',
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  });
  const never = new AbortController().signal;
  const error = await stream.run(never, never).then(
    () => null,
    (thrown: unknown) => toCdcError(thrown),
  );
  return { messages, error };
}
