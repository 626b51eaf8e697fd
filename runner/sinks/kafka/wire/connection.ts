/**
 * One connection to a broker. Each request is
 *
 *   INT32 size, then INT16 api key, INT16 api version, INT32 correlation id, STRING client id, body
 *
 * and each answer INT32 size, INT32 correlation id, body; a broker answers in the order of the requests
 * (kafka.apache.org/protocol, "Network" and "Request header v1"). Bodies are written as the pieces that they are.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CdcError } from '../../../../core/errors.ts';
import { isTlsError } from '../../../../core/kafka/errors.ts';
import type { KafkaTls } from '../../../../core/kafka/settings.ts';
import { checkLiteral, type NetworkPolicy } from '../../../../core/network-policy.ts';
import { lookupOf } from '../../../../core/server-access.ts';
import { RequestWriter } from './request-writer.ts';
import { ResponseReader } from './response-reader.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: KafkaTls | null;
  readonly clientId: string;
  /** Absent: every address may be reached. */
  readonly network?: NetworkPolicy | undefined;
  /** Of a login on an open connection as well. */
  readonly connectTimeoutMs: number;
  /** A request that is not answered within it ends the connection. */
  readonly requestTimeoutMs: number;
}

/** Which request, in which version; what it answers. */
export interface Api<Answer> {
  readonly key: number;
  readonly version: number;
  readonly name: string;
  readonly read: (reader: ResponseReader) => Answer;
}

export type Send = <Answer>(api: Api<Answer>, write: (body: RequestWriter) => void) => Promise<Answer>;

/** A request that waits until a login is through. */
interface Held {
  readonly go: () => void;
  readonly reject: (error: CdcError) => void;
}

interface Pending {
  readonly correlationId: number;
  readonly sentAtMs: number;
  readonly name: string;
  readonly resolve: (reader: ResponseReader) => void;
  readonly reject: (error: CdcError) => void;
}

const RESPONSE_BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_CHECK_MS = 500;
/** Of the time that the broker lets a login last; what is late is cut off. */
const RENEW_AT = 0.75;
/** A broker takes no second login within a second; setTimeout takes no longer times. */
const RENEW_MS = { min: 1_100, max: 2 ** 31 - 1 };

export class KafkaConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #pending: Pending[] = [];
  #correlationId = 0;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #answers = 0;
  #ended: CdcError | null = null;
  /** While a login is under way; else null. */
  #held: Held[] | null = null;
  #renewal: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;

  private constructor(options: ConnectionOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#end(this.#failure(error.message, error)));
    socket.on('close', () => this.#end(this.#failure(this.#closedText())));
    this.#watch = setInterval(() => this.#checkTimeouts(), TIMEOUT_CHECK_MS);
    this.#watch.unref();
  }

  /**
   * CDC_SINK_UNREACHABLE where nobody answers; CDC_SINK_TLS where the other side speaks no TLS that we trust;
   * CDC_HOST_NOT_ALLOWED.
   */
  static open(options: ConnectionOptions): Promise<KafkaConnection> {
    const { host, port, tls, network, connectTimeoutMs } = options;
    return new Promise((resolve, reject) => {
      checkLiteral(network, host);
      const place = { host, port, ...lookupOf(network) };
      const servername = tls?.servername ?? (isIP(host) === 0 ? host : undefined);
      const socket =
        tls === null
          ? connectTcp(place)
          : connectTls({ ...place, ...tls, ...(servername === undefined ? {} : { servername }) });
      const fail = (text: string, cause?: unknown): void => {
        clearTimeout(timer);
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.destroy();
        const code = cause instanceof Error && isTlsError(cause) ? 'CDC_SINK_TLS' : 'CDC_SINK_UNREACHABLE';
        const failure = new CdcError(code, `Kafka at ${host}:${port}: ${text}`, { cause });
        reject(cause instanceof CdcError ? cause : failure);
      };
      const timer = setTimeout(() => fail(`no connection within ${connectTimeoutMs} ms`), connectTimeoutMs);
      socket.once('error', (error) => fail(error.message, error));
      socket.once('close', () => fail('the broker closed the connection'));
      socket.once(tls === null ? 'connect' : 'secureConnect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('error');
        socket.removeAllListeners('close');
        resolve(new KafkaConnection(options, socket));
      });
    });
  }

  /** Nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#ended !== null;
  }

  /** Those that wait for a login are among them. */
  get unanswered(): number {
    return this.#pending.length + (this.#held?.length ?? 0);
  }

  /** Sends one request; requests of one connection are handled in the order of the calls. */
  send<Answer>(api: Api<Answer>, write: (body: RequestWriter) => void): Promise<Answer> {
    const held = this.#held;
    if (held === null || this.#ended !== null) return this.#transmit(api, write);
    return new Promise((resolve, reject) => {
      held.push({ go: () => this.#transmit(api, write).then(resolve, reject), reject });
    });
  }

  /**
   * Logs in: `login` sends its messages, other requests wait for it, and it gives how long the broker lets this last,
   * in ms; 0 for ever. Before that time is over the connection logs in again by itself, in between requests, so that
   * no request comes too late (KIP-368): the broker would cut the connection. One that can't be renewed is closed.
   */
  async logIn(login: (send: Send) => Promise<number>): Promise<void> {
    this.#held ??= [];
    const lifetimeMs = await login((api, write) => this.#transmit(api, write));
    const held = this.#held;
    this.#held = null;
    for (const { go } of held) go();
    if (lifetimeMs <= 0 || this.isClosed) return;
    const renew = (): void => void this.#logInAgain(login);
    this.#renewal = setTimeout(
      renew,
      Math.min(Math.max(lifetimeMs * RENEW_AT, RENEW_MS.min), RENEW_MS.max),
    ).unref();
  }

  async #logInAgain(login: (send: Send) => Promise<number>): Promise<void> {
    const { connectTimeoutMs } = this.#options;
    const end = (text: string, cause?: unknown): void =>
      this.#end(this.#failure(`the login could not be renewed: ${text}`, cause));
    const late = setTimeout(() => end(`no end of it within ${connectTimeoutMs} ms`), connectTimeoutMs);
    try {
      await this.logIn(login);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error), error);
    } finally {
      clearTimeout(late);
    }
  }

  #transmit<Answer>(api: Api<Answer>, write: (body: RequestWriter) => void): Promise<Answer> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const body = new RequestWriter();
    write(body);
    this.#correlationId = (this.#correlationId + 1) & 0x7fff_ffff;
    const correlationId = this.#correlationId;
    const head = new RequestWriter()
      .int16(api.key)
      .int16(api.version)
      .int32(correlationId)
      .string(this.#options.clientId);
    const size = new RequestWriter().int32(head.length + body.length);
    this.#socket.cork();
    this.#socket.write(Buffer.concat([...size.pieces(), ...head.pieces()]));
    for (const piece of body.pieces()) this.#socket.write(piece);
    this.#socket.uncork();
    return new Promise<ResponseReader>((resolve, reject) => {
      this.#pending.push({ correlationId, sentAtMs: performance.now(), name: api.name, resolve, reject });
    }).then((reader) => api.read(reader));
  }

  /** Ends it; what is unanswered fails. */
  close(): void {
    this.#end(new CdcError('CDC_SINK_UNREACHABLE', 'the connection to Kafka was closed'));
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    while (this.#receivedBytes >= 4) {
      const [first] = this.#received;
      if (first === undefined || (first.length < 4 && this.#received.length > 1)) this.#join();
      const size = this.#received[0]?.readInt32BE(0) ?? 0;
      if (size < 4 || size > RESPONSE_BYTES_MAX) {
        this.#end(this.#failure('what answers does not speak the Kafka protocol, or wants TLS'));
        return;
      }
      if (this.#receivedBytes < size + 4) return;
      const bytes = this.#join();
      this.#received = bytes.length === size + 4 ? [] : [bytes.subarray(size + 4)];
      this.#receivedBytes -= size + 4;
      if (!this.#answer(bytes.subarray(4, size + 4))) return;
    }
  }

  /** What was received as one piece. */
  #join(): Buffer {
    const [only] = this.#received;
    if (this.#received.length === 1 && only !== undefined) return only;
    const whole = Buffer.concat(this.#received);
    this.#received = [whole];
    return whole;
  }

  #answer(bytes: Buffer): boolean {
    const pending = this.#pending.shift();
    if (pending === undefined || bytes.readInt32BE(0) !== pending.correlationId) {
      if (pending !== undefined) this.#pending.unshift(pending);
      this.#end(this.#failure('the broker answers what was not asked'));
      return false;
    }
    this.#answers += 1;
    pending.resolve(new ResponseReader(bytes.subarray(4)));
    return true;
  }

  #checkTimeouts(): void {
    const [oldest] = this.#pending;
    if (oldest === undefined) return;
    const { requestTimeoutMs } = this.#options;
    if (performance.now() - oldest.sentAtMs < requestTimeoutMs) return;
    this.#end(this.#failure(`no answer to ${oldest.name} within ${requestTimeoutMs} ms`));
  }

  /** A broker that wants TLS or a login says so by hanging up. */
  #closedText(): string {
    if (this.#answers > 0) return 'the broker closed the connection';
    return 'the broker closed the connection before its first answer; it may want TLS or a login (kafka_conf.tls, enable_sasl)';
  }

  #failure(text: string, cause?: unknown): CdcError {
    const { host, port } = this.#options;
    return new CdcError('CDC_SINK_UNREACHABLE', `Kafka at ${host}:${port}: ${text}`, { cause });
  }

  #end(error: CdcError): void {
    if (this.isClosed) return;
    this.#ended = error;
    clearInterval(this.#watch);
    clearTimeout(this.#renewal);
    this.#socket.destroy();
    this.#received = [];
    for (const pending of this.#pending.splice(0)) pending.reject(error);
    for (const held of this.#held?.splice(0) ?? []) held.reject(error);
  }
}
