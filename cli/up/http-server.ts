import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { CdcError } from '../../core/errors.ts';

export interface HttpServer {
  readonly url: string;
  /** Takes no new requests and waits for those that run, up to `graceMs`. */
  close(graceMs: number): Promise<void>;
}

function listenError(cause: unknown, host: string, port: number): CdcError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = code === 'EADDRINUSE' ? 'another program listens there' : code;
  return new CdcError('CDC_CONFIG', `${host}:${port} can't be listened on: ${why}`, {
    cause,
    hint: 'Choose another by --host and --port.',
  });
}

/** Serves the API. CDC_CONFIG where the address can't be had. */
export async function serveHttp(
  app: { fetch(request: Request): Response | Promise<Response> },
  host: string,
  port: number,
): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch: (request) => app.fetch(request) });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw listenError(cause, host, port);
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      const timer = setTimeout(() => {
        if ('closeAllConnections' in server) server.closeAllConnections();
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
