import { once } from 'node:events';
import { createServer } from 'node:net';
import { ServersError } from '../provider.ts';

const HOST = '127.0.0.1';
const given = new Set<number>();

/**
 * A loopback port that nobody listens on. Taken from below the range that systems use for outgoing connections,
 * so that no passing connection sits on it while its server restarts.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new ServersError('No free port was found on 127.0.0.1');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: HOST, port, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
