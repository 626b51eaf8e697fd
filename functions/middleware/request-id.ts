import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from '../http.ts';

/** The caller's own id where it sends a plain one, so that its logs and ours meet; else a new one. */
export function requestId(newId: () => string) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    const sent = context.req.header('x-request-id');
    const id = sent !== undefined && /^[A-Za-z0-9._:-]{1,128}$/.test(sent) ? sent : newId();
    context.set('requestId', id);
    await next();
    context.header('X-Request-Id', id);
  });
}
