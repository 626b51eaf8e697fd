import { connect, createServer, type Server, type Socket } from 'node:net';
import type { MysqlAddress } from './servers.ts';

/** A proxy in front of a server that can swallow everything, as a network does that drops packets. */
export class TcpProxy {
  readonly address: MysqlAddress;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: MysqlAddress) {
    this.#server = server;
    this.address = address;
  }

  static async before(target: MysqlAddress): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const proxy = new TcpProxy(server, { ...target, host: '127.0.0.1', port });
    server.on('connection', (client) => proxy.#join(client, connect(target.port, target.host)));
    return proxy;
  }

  /** Connections that are open now stay open, and nothing passes any more; new ones work. */
  blackHole(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('data');
      socket.removeAllListeners('end');
      socket.removeAllListeners('close');
      socket.on('data', () => {});
      socket.on('error', () => {});
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk: Buffer) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  }
}
