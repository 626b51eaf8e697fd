import { CdcError } from '../errors.ts';
import { connectWith, type Login } from '../login.ts';
import type { BinlogPosition } from '../position.ts';
import { connectDriver, type DriverConnection, type Row, type Sockets } from './driver.ts';
import { mysqlError } from './errors.ts';
import { readServerFacts, type ServerFacts } from './facts.ts';
import { type BinlogFile, readBinlogFiles, readCurrentPosition, readPurgedGtids } from './status.ts';
import { formatTarget, type MysqlTarget } from './target.ts';

export type { Row } from './driver.ts';
export type { ServerFacts } from './facts.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 1_000;

export interface SessionOptions {
  /** For name lookup, TCP, TLS and login together. */
  readonly timeoutMs?: number;
  readonly queryTimeoutMs?: number;
  /** The socket is to be taken over, and much read from it. */
  readonly readsMuch?: boolean;
  /** Ends the connection and everything that waits on it. */
  readonly signal?: AbortSignal;
}

export interface CurrentPosition extends BinlogPosition {
  /**
   * Executed GTIDs, without spaces or line ends; '' where the server has none. The server reads it just before
   * file and position, so while others write it may lag behind them; it never runs ahead.
   */
  readonly gtidSet: string;
}

/** One logged-in connection, one query at a time. All errors are CdcErrors. */
export interface MysqlSession {
  readonly target: MysqlTarget;
  /** `?` in the text stands for params. Values are text; rows of a statement that returns none: empty. */
  query(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Read once per session. CDC_SOURCE_VERSION where the server is too old to read. */
  facts(): Promise<ServerFacts>;
  /** CDC_BINLOG_OFF; CDC_SOURCE_GRANTS_MISSING. */
  currentPosition(): Promise<CurrentPosition>;
  /** Oldest first. CDC_BINLOG_OFF; CDC_SOURCE_GRANTS_MISSING. */
  binlogFiles(): Promise<BinlogFile[]>;
  /** GTIDs that are in no binlog file any more; '' where there are none (always on MariaDB, which does not keep it). */
  purgedGtids(): Promise<string>;
  /** Says goodbye; never rejects, and takes a second at most. */
  end(): Promise<void>;
  /** Drops the connection at once. */
  destroy(): void;
  /** The socket, paused, logged in and idle; the session is over with it. */
  takeSocket(): Sockets;
}

/** Rejects when `promise` takes longer than `timeoutMs` or the signal is aborted; `stop` then ends the work. */
async function bounded<T>(
  promise: Promise<T>,
  limit: { timeoutMs: number; signal: AbortSignal | undefined; what: string; stop: () => void },
): Promise<T> {
  const { signal } = limit;
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const cut = new Promise<never>((_, reject) => {
    const stop = (error: Error): void => {
      reject(error);
      limit.stop();
    };
    timer = setTimeout(() => {
      stop(Object.assign(new Error(`no answer within ${limit.timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    }, limit.timeoutMs);
    onAbort = () => stop(new CdcError('CDC_SOURCE_DISCONNECTED', `${limit.what}: aborted`));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, cut]);
  } catch (error) {
    throw mysqlError(error, limit.what);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Connects and logs in within `timeoutMs` (5 s). CDC_SOURCE_UNREACHABLE, CDC_SOURCE_ACCESS_DENIED, CDC_SOURCE_TLS,
 * CDC_HOST_NOT_ALLOWED, and what the target's login throws. The session's sql_mode is empty, so that `?` params are
 * safe and names come out in backticks.
 */
export async function connectMysql(target: MysqlTarget, options: SessionOptions = {}): Promise<MysqlSession> {
  const { login, user, password } = target;
  if (login === undefined) return await logIn(target, { user, password }, options);
  return await connectWith(login, (known) => logIn(target, known, options), refusalOf);
}

/** A refusal that another password may mend. */
function refusalOf(error: unknown): CdcError | null {
  return error instanceof CdcError && error.code === 'CDC_SOURCE_ACCESS_DENIED' ? error : null;
}

async function logIn(target: MysqlTarget, login: Login, options: SessionOptions): Promise<MysqlSession> {
  const { signal, readsMuch = false } = options;
  let destroy = (): void => undefined;
  const what = `connecting to ${formatTarget(target)} as ${login.user}`;
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  try {
    const connecting = connectDriver(target, login, { connectTimeoutMs: timeoutMs, readsMuch }, (run) => {
      destroy = run;
    });
    const connection = await bounded(connecting, { timeoutMs, signal, what, stop: () => destroy() });
    const session = new Session(target, connection, options);
    await session.query("SET SESSION sql_mode = ''");
    return session;
  } catch (error) {
    destroy();
    throw error;
  }
}

class Session implements MysqlSession {
  readonly target: MysqlTarget;
  readonly #connection: DriverConnection;
  readonly #queryTimeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #facts: Promise<ServerFacts> | null = null;

  constructor(target: MysqlTarget, connection: DriverConnection, options: SessionOptions) {
    this.target = target;
    this.#connection = connection;
    this.#queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    this.#signal = options.signal;
    this.#onAbort = () => connection.destroy();
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async query(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    const what = `${formatTarget(this.target)}: ${sql.length > 80 ? `${sql.slice(0, 77)}...` : sql}`;
    // A query that was cut off leaves its answer in the socket, so the connection ends with it.
    return await bounded(this.#connection.query(sql, params), {
      timeoutMs: this.#queryTimeoutMs,
      signal: this.#signal,
      what,
      stop: () => this.destroy(),
    });
  }

  facts(): Promise<ServerFacts> {
    this.#facts ??= readServerFacts(this);
    return this.#facts;
  }

  async currentPosition(): Promise<CurrentPosition> {
    return await readCurrentPosition(this, await this.facts());
  }

  async binlogFiles(): Promise<BinlogFile[]> {
    return await readBinlogFiles(this);
  }

  async purgedGtids(): Promise<string> {
    return await readPurgedGtids(this, await this.facts());
  }

  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    await bounded(this.#connection.end(), {
      timeoutMs: END_TIMEOUT_MS,
      signal: this.#signal,
      what: 'ending the connection',
      stop: () => undefined,
    }).catch(() => undefined);
    this.#connection.destroy();
  }

  destroy(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#connection.destroy();
  }

  takeSocket(): Sockets {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    return this.#connection.takeSocket();
  }
}
