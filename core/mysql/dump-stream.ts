import type { Duplex } from 'node:stream';
import { CdcError } from '../errors.ts';
import { readErrPacket } from './commands.ts';
import { mysqlError, serverError } from './errors.ts';
import { PacketSplitter } from './packets.ts';
import type { PooledSocket } from './pooled-socket.ts';

export interface DumpStreamOptions {
  /** What is being done, for messages. */
  readonly what: string;
  /** A server from which nothing at all comes for so long, while we read, is dead. */
  readonly silenceMsMax: number;
  readonly readAheadBytes: number;
  /** The server may end the dump: it was asked to stop at the end of its binlog. Else it does so when it shuts down. */
  readonly mayEnd: boolean;
  readonly signal: AbortSignal | undefined;
  /** Of the socket, where it has one. Its chunks are good until the next one is pulled. */
  readonly pooled?: Pick<PooledSocket, 'takeOver' | 'giveBack'> | null;
}

/** What one chunk has brought. */
interface Arrived {
  readonly events: Buffer[];
  readonly bytes: number;
  readonly chunk: Buffer;
}

interface Waiter {
  resolve(result: IteratorResult<Buffer[], undefined>): void;
  reject(error: CdcError): void;
}

const STATUS_ERR = 0xff;
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Runs of events (../event-runs.ts) of a socket on which a dump was asked for, pulled by one consumer. While enough is read ahead the socket
 * is paused: the kernel's window closes and the server waits.
 */
export class DumpStream implements AsyncIterable<Buffer[]> {
  readonly #socket: Duplex;
  readonly #options: DumpStreamOptions;
  readonly #splitter = new PacketSplitter({ inRuns: true });
  readonly #queue: Arrived[] = [];
  /** The chunk whose events were pulled last. */
  #inUse: Buffer | null = null;
  #queuedBytes = 0;
  #bytesSinceEvent = 0;
  #waiter: Waiter | null = null;
  #paused: boolean = false;
  /** How it ended; null while it goes on. The queue is delivered first. */
  #end: { readonly error: CdcError | null } | null = null;
  #heardAtMs = performance.now();
  readonly #watch: NodeJS.Timeout;
  #watchedAtMs = performance.now();
  readonly #onAbort = (): void => this.close();

  constructor(socket: Duplex, options: DumpStreamOptions) {
    this.#socket = socket;
    this.#options = options;
    if (options.pooled == null) socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    else {
      options.pooled.takeOver((chunk) => {
        this.#onData(chunk);
        return !this.#paused;
      });
    }
    socket.on('error', (error) => this.#finish(mysqlError(error, options.what)));
    socket.on('end', () => this.#onLost());
    socket.on('close', () => this.#onLost());
    socket.resume();
    this.#watch = setInterval(() => this.#checkSilence(), Math.max(50, options.silenceMsMax / 8));
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal?.aborted) this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer[], undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.close();
        return Promise.resolve(DONE);
      },
    };
  }

  close(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#finish(null);
  }

  fail(error: CdcError): void {
    this.#finish(error);
  }

  #next(): Promise<IteratorResult<Buffer[], undefined>> {
    if (this.#inUse !== null) this.#giveBack(this.#inUse);
    this.#inUse = null;
    const first = this.#queue.shift();
    if (first !== undefined) {
      this.#queuedBytes -= first.bytes;
      this.#inUse = first.chunk;
      if (this.#queuedBytes <= this.#options.readAheadBytes / 2) this.#resume();
      return Promise.resolve({ done: false, value: first.events });
    }
    if (this.#end !== null) {
      const { error } = this.#end;
      return error === null ? Promise.resolve(DONE) : Promise.reject(error);
    }
    this.#resume();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #onData(chunk: Buffer): void {
    if (this.#end !== null) return;
    this.#heardAtMs = performance.now();
    let events: Buffer[];
    try {
      events = this.#splitter.push(chunk);
    } catch (error) {
      this.#finish(mysqlError(error, this.#options.what));
      return;
    }
    this.#bytesSinceEvent += chunk.length;
    if (events.length > 0) this.#deliver(events, chunk);
    else this.#giveBack(chunk);
    if (this.#splitter.terminator !== null) this.#onTerminator(this.#splitter.terminator);
  }

  #giveBack(chunk: Buffer): void {
    this.#options.pooled?.giveBack(chunk);
  }

  #deliver(events: Buffer[], chunk: Buffer): void {
    const bytes = this.#bytesSinceEvent;
    this.#bytesSinceEvent = 0;
    const waiter = this.#waiter;
    if (waiter !== null) {
      this.#waiter = null;
      this.#inUse = chunk;
      waiter.resolve({ done: false, value: events });
      return;
    }
    // a pooled chunk holds its whole buffer, however little of it came
    const held = this.#options.pooled == null ? bytes : Math.max(bytes, chunk.buffer.byteLength / 2);
    this.#queue.push({ events, bytes: held, chunk });
    this.#queuedBytes += held;
    if (this.#queuedBytes >= this.#options.readAheadBytes && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
  }

  #resume(): void {
    if (!this.#paused || this.#end !== null) return;
    this.#paused = false;
    this.#heardAtMs = performance.now();
    this.#socket.resume();
  }

  #onTerminator(payload: Buffer): void {
    if (payload[0] !== STATUS_ERR) {
      if (this.#options.mayEnd) this.#finish(null);
      else this.#onLost();
      return;
    }
    const { errno, message } = readErrPacket(payload);
    this.#finish(serverError(errno, message, this.#options.what));
  }

  #onLost(): void {
    this.#finish(
      new CdcError('CDC_SOURCE_DISCONNECTED', `${this.#options.what}: the server ended the connection`),
    );
  }

  /** Only silence that we listened to counts: not while paused, and not while this process itself stood still. */
  #checkSilence(): void {
    const now = performance.now();
    const stoodStill = now - this.#watchedAtMs > this.#options.silenceMsMax / 2;
    this.#watchedAtMs = now;
    if (this.#paused || stoodStill) {
      this.#heardAtMs = now;
      return;
    }
    const silenceMs = now - this.#heardAtMs;
    if (silenceMs < this.#options.silenceMsMax) return;
    this.#finish(
      new CdcError(
        'CDC_SOURCE_DISCONNECTED',
        `${this.#options.what}: nothing came for ${Math.round(silenceMs)} ms, not even a heartbeat`,
      ),
    );
  }

  #finish(error: CdcError | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    clearInterval(this.#watch);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter === null) return;
    if (error === null) waiter.resolve(DONE);
    else waiter.reject(error);
  }
}
