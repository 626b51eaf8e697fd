/**
 * A TCP proxy in front of a server that can do what networks do: cut connections, refuse them, hold everything back,
 * delay it, or let it through slowly.
 *
 * Kafka names its brokers by address, so that clients would go past the proxy: `rewrite` puts the proxy's port in the
 * place of the broker's wherever an answer names it (a STRING host and an INT32 port behind each other).
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Target {
  readonly host: string;
  readonly port: number;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** Bytes wait in order until their time has come. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #proxy: FaultProxy;
  readonly #waiting: { bytes: Buffer; atMs: number }[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** When the last byte that was let through slowly is through. */
  #busyUntilMs = 0;

  constructor(from: Socket, to: Socket, proxy: FaultProxy) {
    this.#from = from;
    this.#to = to;
    this.#proxy = proxy;
  }

  take(bytes: Buffer): void {
    const nowMs = performance.now();
    const { delayMs, bytesPerSecond } = this.#proxy;
    let atMs = nowMs + delayMs;
    if (bytesPerSecond !== null) {
      this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs) + (bytes.length / bytesPerSecond) * 1_000;
      atMs = Math.max(atMs, this.#busyUntilMs);
    }
    this.#waiting.push({ bytes, atMs });
    if (this.#waiting.length > 8) this.#from.pause();
    this.run();
  }

  run(): void {
    if (this.#timer !== null) return;
    const nowMs = performance.now();
    while (this.#waiting.length > 0 && !this.#proxy.holds) {
      const [next] = this.#waiting;
      if (next === undefined) break;
      if (next.atMs > nowMs) {
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.run();
        }, next.atMs - nowMs);
        return;
      }
      this.#waiting.shift();
      this.#to.write(next.bytes);
    }
    if (this.#waiting.length === 0 && this.#from.isPaused()) this.#from.resume();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

export class FaultProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Map<Pair, readonly Lane[]>();
  readonly #target: Target;
  readonly #rewrite: boolean;
  #isRefusing: boolean = false;
  #isHolding: boolean = false;
  delayMs = 0;
  bytesPerSecond: number | null = null;

  private constructor(server: Server, port: number, target: Target, rewrite: boolean) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    this.#rewrite = rewrite;
  }

  static async before(target: Target, options: { readonly rewrite?: boolean } = {}): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const proxy = new FaultProxy(server, port, target, options.rewrite ?? false);
    server.on('connection', (client) => proxy.#join(client));
    return proxy;
  }

  /** Nothing passes, nothing is lost: as where packets are dropped for a while and sent again. */
  get holds(): boolean {
    return this.#isHolding;
  }

  /** Open connections, for tests of the proxy itself. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets every open connection. */
  cut(): void {
    for (const { client, upstream } of this.#pairs.keys()) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** New connections are closed at once; open ones go on. */
  refuse(): void {
    this.#isRefusing = true;
  }

  hold(): void {
    this.#isHolding = true;
  }

  /** Everything as it should be. */
  heal(): void {
    this.#isRefusing = false;
    this.#isHolding = false;
    this.delayMs = 0;
    this.bytesPerSecond = null;
    for (const lanes of this.#pairs.values()) for (const lane of lanes) lane.run();
  }

  async close(): Promise<void> {
    for (const { client, upstream } of this.#pairs.keys()) {
      client.destroy();
      upstream.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#isRefusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.#target.port, this.#target.host);
    const pair = { client, upstream };
    const lanes = [new Lane(client, upstream, this), new Lane(upstream, client, this)] as const;
    this.#pairs.set(pair, lanes);
    const rewriter = this.#rewrite ? new Rewriter(this.#target, this.port) : null;
    client.on('data', (bytes: Buffer) => lanes[0].take(bytes));
    upstream.on('data', (bytes: Buffer) => {
      for (const piece of rewriter?.take(bytes) ?? [bytes]) lanes[1].take(piece);
    });
    const end = (): void => {
      for (const lane of lanes) lane.stop();
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
      socket.on('end', end);
    }
  }
}

/** Larger answers are not of the kind that names brokers. */
const REWRITTEN_BYTES_MAX = 65_536;

/** Answers of a Kafka broker, whole, with another port. */
class Rewriter {
  readonly #named: Buffer;
  readonly #port: number;
  #received: Buffer = Buffer.alloc(0);

  constructor({ host, port }: Target, proxyPort: number) {
    this.#named = Buffer.alloc(2 + host.length + 4);
    this.#named.writeInt16BE(host.length, 0);
    this.#named.write(host, 2);
    this.#named.writeInt32BE(port, 2 + host.length);
    this.#port = proxyPort;
  }

  take(bytes: Buffer): Buffer[] {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const whole: Buffer[] = [];
    while (this.#received.length >= 4) {
      const size = this.#received.readInt32BE(0) + 4;
      if (this.#received.length < size) break;
      const answer = this.#received.subarray(0, size);
      this.#received = this.#received.subarray(size);
      if (size <= REWRITTEN_BYTES_MAX) this.#rename(answer);
      whole.push(answer);
    }
    return whole;
  }

  /** Hosts of the compact encoding have a length of one byte, which is one more than the number of bytes. */
  #rename(answer: Buffer): void {
    const compact = Buffer.from(this.#named.subarray(1));
    compact.writeUInt8(compact.readUInt8(0) + 1, 0);
    for (const named of [this.#named, compact]) {
      for (let at = answer.indexOf(named); at >= 0; at = answer.indexOf(named, at + 1)) {
        answer.writeInt32BE(this.#port, at + named.length - 4);
      }
    }
  }
}
