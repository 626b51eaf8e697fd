import type { CdcError } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import type { MessageBatch } from '../../core/message-batch.ts';
import { connectMysql, type MysqlSession } from '../../core/mysql/session.ts';
import type { MysqlTarget } from '../../core/mysql/target.ts';
import type { Sink } from '../../core/sink.ts';
import type { FilterVersion, TableFilter } from '../../core/task.ts';
import { galaxyFormat } from '../../runner/format/galaxy.ts';
import { topicNames } from '../../runner/format/topic.ts';
import { FilterTimeline } from '../../runner/source/filter-timeline.ts';
import { mysqlSource } from '../../runner/source/mysql-source.ts';
import type { ResumePoint } from '../../runner/source/resume-point.ts';
import { Stream } from '../../runner/stream.ts';
import type { MysqlAddress } from './servers.ts';
import { waitFor } from './wait-for.ts';

export interface LiveMessage {
  readonly id: string;
  readonly table: string;
  readonly action: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface LiveOptions {
  readonly servers: readonly [MysqlAddress, ...MysqlAddress[]];
  readonly filter: TableFilter;
  /** null: the latest position. */
  readonly from?: ResumePoint | null;
  readonly heartbeatMs?: number;
  readonly serverId?: number;
  readonly xaHeldBytesMax?: number;
  readonly onStatement?: () => void;
}

export const target = ({ host, port, user, password }: MysqlAddress): MysqlTarget => ({
  host,
  port,
  user,
  password,
  tls: { kind: 'off' },
});

export const sessionOf = (address: MysqlAddress): Promise<MysqlSession> => connectMysql(target(address));

/** A stream of the runner's own code in this process, into memory. */
export class LiveStream {
  readonly messages: LiveMessage[] = [];
  readonly retries: CdcError[] = [];
  readonly warnings: string[] = [];
  readonly connections: { readonly serverUuid: string; readonly lost: string }[] = [];
  readonly timeline: FilterTimeline;
  readonly ended: Promise<'reached' | 'stopped' | CdcError>;
  readonly #stop = new AbortController();
  readonly #stream: Stream;
  #acknowledged: ResumePoint | null = null;

  constructor(options: LiveOptions) {
    const first: FilterVersion = { version: 1, filter: options.filter, from: null };
    this.timeline = new FilterTimeline([first]);
    const [one, ...more] = options.servers;
    const log = createLog(() => {}, Date.now);
    this.#stream = new Stream({
      open: mysqlSource({
        targets: [target(one), ...more.map(target)],
        serverId: options.serverId ?? 2 ** 31 + Math.floor(Math.random() * 2 ** 30),
        heartbeatMs: options.heartbeatMs ?? 1_000,
        schemaState: null,
        schemaVersion: null,
        log,
      }),
      start: options.from ?? null,
      timeline: this.timeline,
      createSink: () => this.#sink(),
      format: galaxyFormat({ splitKeyChanges: true }),
      topics: topicNames('live', undefined),
      ddl: false,
      until: null,
      listener: {
        connected: ({ start, identity, lost }) => {
          this.connections.push({ serverUuid: identity.serverUuid, lost });
          this.#acknowledged ??= { ...start, gtids: start.gtids?.clone() ?? null };
        },
        progress: ({ file, position, gtids, fileBeganS = null }) => {
          if (this.#acknowledged === null) return;
          for (const gtid of gtids) this.#acknowledged.gtids?.add(gtid);
          const serverUuid = this.connections.at(-1)?.serverUuid ?? null;
          this.#acknowledged = { ...this.#acknowledged, file, position, serverUuid, fileBeganS };
        },
        retrying: (error) => this.retries.push(error),
        filterApplied: () => {},
        warning: (message) => this.warnings.push(message),
        statementWrite: () => options.onStatement?.(),
      },
      log,
      clock: { now: Date.now },
      random: Math.random,
      batchBytesMax: 65_536,
      inFlightBytesMax: 1_048_576,
      xaHeldBytesMax: options.xaHeldBytesMax ?? 16_777_216,
      retry: 'always',
    });
    const never = new AbortController().signal;
    this.ended = this.#stream.run(this.#stop.signal, never).catch((error: CdcError) => error);
  }

  /** What a checkpoint would hold now. */
  get checkpoint(): ResumePoint | null {
    const point = this.#acknowledged;
    return point === null ? null : { ...point, gtids: point.gtids?.clone() ?? null };
  }

  get lagMs(): number | null {
    return this.#stream.lagMs;
  }

  async connected(): Promise<this> {
    await waitFor(async () => this.connections.length > 0);
    return this;
  }

  async until(done: (messages: readonly LiveMessage[]) => boolean, withinMs = 30_000): Promise<void> {
    await waitFor(async () => done(this.messages), withinMs);
  }

  /** Drains, as a runner does at SIGTERM; where the next one has to go on. */
  async stop(): Promise<ResumePoint | null> {
    this.#stop.abort();
    await this.ended;
    return this.checkpoint;
  }

  #sink(): Sink {
    return {
      wants: 'messages',
      open: async () => {},
      close: async () => {},
      write: async (batch: MessageBatch) => {
        for (let index = 0; index < batch.count; index += 1) {
          const value = batch.bytes.toString('utf8', batch.keyEnd(index), batch.valueEnd(index));
          this.messages.push(JSON.parse(value) as LiveMessage);
        }
      },
    };
  }
}
