/**
 * RDS as its clients see it, before a real MySQL: TLS, then a switch to mysql_clear_password, then a look at the token
 * as AWS does it. Who is let in speaks with the real server from then on. Bytes: dev.mysql.com, "Protocol::Handshake".
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { sessionOf } from './live-stream.ts';
import type { MysqlAddress } from './servers.ts';
import { readSignedUrl, type SignedUrl } from './sigv4.ts';

const CLIENT_SSL = 0x0800;
const SSL_REQUEST_BYTES = 32;
const HEAD_BYTES = 4;

export interface RdsOptions {
  readonly upstream: MysqlAddress;
  /** null: a server that asks for the token without TLS. */
  readonly certificates: Certificates | null;
  readonly secretAccessKey: string;
}

interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
}

/** One packet of a paused socket, and not a byte more. */
async function readPacket(socket: Socket): Promise<Packet> {
  const head = await readBytes(socket, HEAD_BYTES);
  return { sequence: head[3] ?? 0, payload: await readBytes(socket, head.readUIntLE(0, 3)) };
}

async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(count);
    if (bytes !== null && bytes.length === count) return bytes;
    if (socket.readableEnded || socket.destroyed) throw new Error('the client has gone');
    await once(socket, 'readable', { signal: AbortSignal.timeout(10_000) });
  }
}

function packet(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence & 0xff;
  return Buffer.concat([head, payload]);
}

export class RdsServer {
  readonly port: number;
  /** Tokens that were right, in the order of the logins. */
  readonly logins: SignedUrl[] = [];
  /** All that was ever sent in place of a password. */
  readonly tokens: string[] = [];
  readonly #options: RdsOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: RdsOptions, server: Server, port: number) {
    this.#options = options;
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => {
      this.#keep(socket);
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(options: RdsOptions): Promise<RdsServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new RdsServer(options, server, typeof address === 'object' && address !== null ? address.port : 0);
  }

  /** Ends every connection, as a failover does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  async #serve(plain: Socket): Promise<void> {
    const { certificates } = this.#options;
    plain.write(await this.#greeting());
    let socket = plain;
    if (certificates !== null) {
      const { payload } = await readPacket(plain);
      if (payload.length !== SSL_REQUEST_BYTES) throw new Error('the client wants no TLS');
      const { cert, key } = certificates;
      socket = new TLSSocket(plain, { isServer: true, secureContext: createSecureContext({ cert, key }) });
      this.#keep(socket);
    }
    const response = await readPacket(socket);
    const user = response.payload.toString('utf8', 32, response.payload.indexOf(0, 32));
    const name = Buffer.from('\u00femysql_clear_password\0', 'latin1');
    socket.write(packet(response.sequence + 1, name));
    const answer = await readPacket(socket);
    const token = answer.payload.toString('utf8', 0, answer.payload.length - 1);
    this.tokens.push(token);
    if (!this.#isGood(token, user)) {
      const refusal = Buffer.from(`\u00ff\u0015\u0004#28000Access denied for user '${user}'`, 'latin1');
      socket.end(packet(answer.sequence + 1, refusal));
      return;
    }
    await this.#goOn(socket, answer.sequence + 1);
  }

  #isGood(token: string, user: string): boolean {
    const read = readSignedUrl(token, this.#options.secretAccessKey);
    if (read === null || read.service !== 'rds-db' || read.host !== `127.0.0.1:${this.port}`) return false;
    if (read.query.get('Action') !== 'connect' || read.query.get('DBUser') !== user) return false;
    this.logins.push(read);
    return true;
  }

  /** The greeting of the real server, so that both sides agree on what they can; with TLS offered or not. */
  async #greeting(): Promise<Buffer> {
    const { upstream, certificates } = this.#options;
    const socket = connect({ host: upstream.host, port: upstream.port });
    try {
      const { sequence, payload } = await readPacket(socket);
      // version, text to a NUL, thread id 4, salt 8, filler 1
      const at = payload.indexOf(0, 1) + 1 + 13;
      const flags = payload.readUInt16LE(at);
      payload.writeUInt16LE(certificates === null ? flags & ~CLIENT_SSL : flags | CLIENT_SSL, at);
      return packet(sequence, payload);
    } finally {
      socket.destroy();
    }
  }

  async #goOn(socket: Socket, sequence: number): Promise<void> {
    const session = await sessionOf(this.#options.upstream);
    const { socket: upstream } = session.takeSocket();
    this.#keep(upstream);
    socket.write(packet(sequence, Buffer.from([0, 0, 0, 2, 0, 0, 0])));
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  }
}
