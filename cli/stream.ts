import { randomInt, randomUUID } from 'node:crypto';
import type { Checkpoint, CheckpointStore, SchemaStore } from '../core/checkpoint.ts';
import { systemClock } from '../core/clock.ts';
import { CdcError, toCdcError } from '../core/errors.ts';
import { collectAtFirstRest } from '../core/first-rest.ts';
import { createLog, type Log } from '../core/log.ts';
import { formatPosition } from '../core/position.ts';
import type { Sink } from '../core/sink.ts';
import { boundYoungHeap } from '../core/young-heap.ts';
import { Checkpointer } from '../runner/checkpointer.ts';
import { galaxyFormat } from '../runner/format/galaxy.ts';
import { topicNames } from '../runner/format/topic.ts';
import { FilterTimeline } from '../runner/source/filter-timeline.ts';
import { Stream } from '../runner/stream.ts';
import type { StreamListener } from '../runner/stream-options.ts';
import type { CliIo } from './io.ts';
import { openStreamEnds } from './stream-ends.ts';
import { parseStreamOptions, STREAM_HELP, type StreamCommandOptions } from './stream-options.ts';

const CHECKPOINT_INTERVAL_MS = 1_000;
/** A file has one writer: the fencing token does not matter. */
const TOKEN = 1;

interface Kept {
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly stored: Checkpoint | null;
}

/** `galaxy stream`: one stream without a control plane. */
export async function stream(args: string[], io: CliIo): Promise<number> {
  const options = parseStreamOptions(args);
  if (options === null) {
    io.stdout.write(STREAM_HELP);
    return 0;
  }
  const log = createLog(
    (line) => io.stderr.write(line),
    () => Date.now(),
  );
  boundYoungHeap();
  collectAtFirstRest();
  const kept = await openCheckpoint(options);
  if (options.start?.kind === 'checkpoint' && kept?.stored === null) {
    throw new CdcError('CDC_CONFIG', `${options.checkpoint} holds no checkpoint yet`, {
      hint: 'Start with --start latest, earliest or FILE:POS first.',
    });
  }
  const ends = await openStreamEnds({
    options,
    io,
    log,
    stored: kept?.stored ?? null,
    storedSchema: (version) => kept?.schemas.get(options.taskId, version) ?? Promise.resolve(null),
    serverId: options.serverId ?? randomInt(2 ** 31, 2 ** 32 - 1),
  });
  return await runStream(options, io, log, kept, ends);
}

async function openCheckpoint(options: StreamCommandOptions): Promise<Kept | null> {
  if (options.checkpoint === null) return null;
  const { createFileCheckpointStore } = await import('./file-checkpoint.ts');
  const { checkpoints, schemas } = createFileCheckpointStore(options.checkpoint);
  // an explicit start that is not the checkpoint begins anew
  const resumes = options.start === null || options.start.kind === 'checkpoint';
  return { checkpoints, schemas, stored: resumes ? await checkpoints.claim(options.taskId, TOKEN) : null };
}

async function runStream(
  options: StreamCommandOptions,
  io: CliIo,
  log: Log,
  kept: Kept | null,
  ends: Awaited<ReturnType<typeof openStreamEnds>>,
): Promise<number> {
  const startedAtMs = performance.now();
  const checkpointer = kept === null ? null : createCheckpointer(options, log, kept);
  const filter = { databases: options.databases, tables: options.tables, exclude: options.exclude };
  const run = new Stream({
    open: ends.open,
    start: ends.start,
    timeline: new FilterTimeline([{ version: 1, filter, from: null }]),
    createSink: (): Sink => ends.createSink(),
    format: galaxyFormat({ splitKeyChanges: ends.keyed }),
    topics: topicNames(options.taskId, ends.topic),
    ddl: options.ddl,
    until: ends.until,
    listener: streamListener(options, log, checkpointer),
    log,
    clock: systemClock,
    random: Math.random,
    batchBytesMax: 1_048_576,
    inFlightBytesMax: 8_388_608,
    xaHeldBytesMax: 268_435_456,
    startId: randomUUID(),
    retry: options.until.kind === 'never' ? 'once-connected' : 'never',
  });
  const abandon = new AbortController();
  const saving = setInterval(() => {
    checkpointer?.tick().catch((error: unknown) => abandon.abort(error));
  }, CHECKPOINT_INTERVAL_MS / 5);
  try {
    await run.run(io.signal, abandon.signal);
    await checkpointer?.save();
  } finally {
    clearInterval(saving);
    if (options.stats) io.stderr.write(`${JSON.stringify(statistics(run, startedAtMs))}\n`);
  }
  return 0;
}

function createCheckpointer(options: StreamCommandOptions, log: Log, kept: Kept): Checkpointer {
  return new Checkpointer({
    checkpoints: kept.checkpoints,
    schemas: kept.schemas,
    taskId: options.taskId,
    fencingToken: TOKEN,
    startEpoch: 1,
    rows: kept.stored?.rows ?? 0,
    schemaVersion: kept.stored?.schemaVersion ?? null,
    intervalMs: CHECKPOINT_INTERVAL_MS,
    clock: systemClock,
    log,
  });
}

function streamListener(
  options: StreamCommandOptions,
  log: Log,
  checkpointer: Checkpointer | null,
): StreamListener {
  return {
    connected: ({ identity, start, schema }) => {
      log.info('connected', { file: start.file, position: start.position, serverUuid: identity.serverUuid });
      checkpointer?.connected(identity, start, () => schema.history());
    },
    progress: (boundary, rows) => checkpointer?.progress(boundary, rows),
    retrying: (error, attempt) => {
      const { code, message, hint } = toCdcError(error);
      log.warn('retrying', { code, message, hint, attempt });
    },
    filterApplied: () => undefined,
    warning: (message) => log.warn('stream_warning', { message }),
    statementWrite: (_statement, at) => {
      const message = `a write in statement format before ${formatPosition(at)} carries no rows`;
      if (options.statements === 'fail') throw new CdcError('CDC_STATEMENT_EVENT', message);
      log.warn('statement_write', { code: 'CDC_STATEMENT_EVENT', message });
    },
  };
}

function statistics(run: Stream, startedAtMs: number): Record<string, number> {
  const usage = process.resourceUsage();
  return {
    rows: run.statistics.rows,
    events: run.statistics.events,
    messages: run.statistics.messages,
    bytes_in: run.statistics.bytesIn,
    bytes_out: run.statistics.bytesOut,
    wall_s: Number(((performance.now() - startedAtMs) / 1000).toFixed(3)),
    cpu_s: Number(((usage.userCPUTime + usage.systemCPUTime) / 1e6).toFixed(3)),
    rss_max: usage.maxRSS * 1024,
  };
}
