import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { CdcError } from '../core/errors.ts';
import type { ServiceDeps } from './deps.ts';
import { docsPage } from './docs-page.ts';
import { type ApiApp, addEndpoints, type Endpoint } from './endpoint.ts';
import { failure, type HttpEnv, success } from './http.ts';
import { metricsText } from './metrics.ts';
import { type Access, authenticate } from './middleware/auth.ts';
import { requestId } from './middleware/request-id.ts';
import { taskEndpoints } from './tasks/routes.ts';

const BODY_BYTES_MAX = 1024 * 1024;

export interface AppDeps extends ServiceDeps {
  readonly access: Access;
  readonly newId: () => string;
  readonly version: string;
}

function openApi(app: ApiApp, version: string) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Galaxy', version, description: 'MySQL change data capture.', license: { name: 'MIT' } },
    security: [{ bearer: [] }],
  });
}

function ownEndpoints(app: ApiApp, deps: AppDeps): Endpoint[] {
  return [
    {
      method: 'get',
      path: '/',
      summary: 'Leads to the documentation',
      hidden: true,
      handle: (context) => context.redirect('/docs'),
    },
    {
      method: 'get',
      path: '/docs',
      summary: 'This page',
      hidden: true,
      handle: (context) => context.html(docsPage(), 200, { 'Content-Security-Policy': DOCS_POLICY }),
    },
    {
      method: 'get',
      path: '/v1/openapi.json',
      summary: 'This description',
      hidden: true,
      handle: (context) => context.json(openApi(app, deps.version)),
    },
    {
      method: 'get',
      path: '/healthz',
      summary: 'Does it live?',
      handle: (context) => success(context, { version: deps.version }),
    },
    {
      method: 'get',
      path: '/metrics',
      summary: 'Figures for Prometheus',
      contentType: 'text/plain',
      handle: async (context) =>
        context.text(await metricsText(deps), 200, {
          'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
        }),
    },
  ];
}

/** The docs page brings its own script and style, and talks to nobody but this API. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'";

/** The whole HTTP API over its use cases. Knows neither Lambda nor Node's server, and reads no environment. */
export function createApp(deps: AppDeps): ApiApp {
  const app: ApiApp = new OpenAPIHono<HttpEnv>();
  app.onError((error, context) => {
    const requestId = context.get('requestId');
    if (!(error instanceof CdcError) || error.code === 'CDC_INTERNAL') {
      deps.log.error('request_failed', { requestId, path: context.req.path, error, stack: error.stack });
    }
    return failure(context, error);
  });
  app.use(requestId(deps.newId));
  app.use(async (context, next) => {
    await next();
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cache-Control', 'no-store');
  });
  app.use(authenticate(deps.access));
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw new CdcError('CDC_BODY_TOO_LARGE', 'the body is larger than 1 MiB');
      },
    }),
  );
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  addEndpoints(app, [...taskEndpoints(deps), ...ownEndpoints(app, deps)]);
  return app;
}
