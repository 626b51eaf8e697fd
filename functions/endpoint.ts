/** One place that knows every route: its handler, its OpenAPI entry, and which methods its path has. */
import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { CdcError } from '../core/errors.ts';
import type { HttpContext, HttpEnv } from './http.ts';

export type ApiApp = OpenAPIHono<HttpEnv>;

export interface Endpoint {
  readonly method: 'get' | 'post';
  /** In OpenAPI's form: `/v1/task/{task_id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly request?: RouteConfig['request'];
  /** The schema of `data`; absent where the answer has none. */
  readonly data?: z.ZodType;
  /** Set where the answer is not the envelope. */
  readonly contentType?: string;
  /** Is it left out of the OpenAPI page? */
  readonly hidden?: boolean;
  readonly handle: (context: HttpContext) => Promise<Response> | Response;
}

const errorSchema = z
  .object({
    error_code: z.int(),
    message: z.string(),
    data: z.object({
      code: z.string(),
      details: z.array(z.object({ path: z.string(), problem: z.string() })),
      hint: z.string(),
      request_id: z.string(),
    }),
  })
  .openapi('Error');

function responsesOf(endpoint: Endpoint): RouteConfig['responses'] {
  const { contentType, data } = endpoint;
  const envelope = z.object({
    error_code: z.literal(0),
    message: z.string(),
    ...(data === undefined ? {} : { data }),
  });
  const content =
    contentType === undefined
      ? { 'application/json': { schema: envelope } }
      : { [contentType]: { schema: z.string() } };
  return {
    200: { description: 'Done.', content },
    default: {
      description: 'Refused; the code says why, the hint what to do.',
      content: { 'application/json': { schema: errorSchema } },
    },
  };
}

/** The path in Hono's form. */
const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const pathPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

/** Adds the routes, and what answers everything else: 405 where the path has other methods, 404 elsewhere. */
export function addEndpoints(app: ApiApp, endpoints: readonly Endpoint[]): void {
  for (const endpoint of endpoints) {
    const { method, path, summary, description, request, handle } = endpoint;
    app.on(method.toUpperCase(), honoPath(path), (context) => handle(context));
    if (endpoint.hidden === true) continue;
    app.openAPIRegistry.registerPath({
      method,
      path,
      summary,
      ...(description === undefined ? {} : { description }),
      ...(request === undefined ? {} : { request }),
      responses: responsesOf(endpoint),
    });
  }
  const known = endpoints.map(({ method, path }) => ({ method, pattern: pathPattern(path) }));
  app.notFound((context) => {
    const { method, path } = context.req;
    const methods = known
      .filter(({ pattern }) => pattern.test(path))
      .map((item) => item.method.toUpperCase());
    if (methods.length === 0) throw new CdcError('CDC_ROUTE_NOT_FOUND', `there is no route ${path}`);
    context.header('Allow', methods.join(', '));
    const message = `${path} takes ${methods.join(', ')}, not ${method}`;
    throw new CdcError('CDC_METHOD_NOT_ALLOWED', message);
  });
}
