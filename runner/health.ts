/**
 * Answers a container's health check. The check is another process in the same container, and finds the runner by an
 * abstract Unix socket named after the run: no file (the root may be read-only), no port (two runners of one network
 * namespace can't collide), nothing to be reached from outside.
 *
 * Over the socket: one line of JSON, `{"healthy": true, "reason": "streaming"}`, and the end. A runner whose event loop
 * is stuck accepts the connection (the kernel does) and says nothing.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { unreachable } from '../core/assert.ts';
import type { RunStatus } from '../core/lease.ts';

export interface Health {
  readonly healthy: boolean;
  /** Why, in a few words. */
  readonly reason: string;
}

/** `waiting`: another run may still hold it. */
export type LeaseHealth = 'waiting' | 'held' | 'lost';

/**
 * A runner that waits for a lease, a server or a broker is well: a new process could do no better. One without its lease
 * may send nothing more and has to go.
 */
export function healthOf(lease: LeaseHealth, phase: RunStatus['phase']): Health {
  switch (lease) {
    case 'lost':
      return { healthy: false, reason: 'the lease is lost' };
    case 'waiting':
      return { healthy: true, reason: 'waiting for the lease' };
    case 'held':
      return { healthy: phase !== 'failed', reason: phase };
    default:
      return unreachable(lease);
  }
}

/** The name of the socket, at most 107 bytes with its leading NUL: run ids may be longer than that. */
export function healthSocket(runId: string): string {
  return `\0galaxy-runner-${createHash('sha256').update(runId).digest('hex').slice(0, 32)}`;
}

/** Begins to answer; the process may end while it does. `onError`: nobody can ask, and the stream goes on all the same. */
export function answerHealth(runId: string, read: () => Health, onError: (error: Error) => void): void {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${JSON.stringify(read())}\n`);
  });
  server.on('error', onError);
  server.listen(healthSocket(runId));
  server.unref();
}
