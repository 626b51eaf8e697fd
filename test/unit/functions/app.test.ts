import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../core/errors.ts';
import { createApp } from '../../../functions/app.ts';
import { hashToken } from '../../../functions/middleware/auth.ts';
import { BODY, controlPlane, runStatus } from '../../support/control-plane.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, unknown>>;
}

const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body,
});

describe('what the caller sent can be wrong', () => {
  const plane = controlPlane();
  const cases: [string, string, RequestInit | undefined, number, string][] = [
    ['no body', '/v1/post_task', { method: 'POST' }, 400, 'CDC_BODY_REQUIRED'],
    ['an empty body', '/v1/stop_task', json(''), 400, 'CDC_BODY_REQUIRED'],
    ['broken JSON', '/v1/post_task', json('{"task_id": '), 400, 'CDC_BODY_NOT_JSON'],
    ['a comment', '/v1/post_task', json('{"task_id": "x" // id\n}'), 400, 'CDC_BODY_NOT_JSON'],
    ['a list', '/v1/post_task', json('[]'), 400, 'CDC_INVALID_REQUEST'],
    ['null', '/v1/update_task', json('null'), 400, 'CDC_INVALID_REQUEST'],
    ['a number', '/v1/rewind_task', json('7'), 400, 'CDC_INVALID_REQUEST'],
    ['__proto__', '/v1/stop_task', json('{"task_id":"x","__proto__":{}}'), 400, 'CDC_INVALID_REQUEST'],
    [
      'another type',
      '/v1/post_task',
      json('{}', { 'Content-Type': 'text/xml' }),
      415,
      'CDC_UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a form',
      '/v1/post_task',
      { method: 'POST', body: new URLSearchParams('a=b') },
      415,
      'CDC_UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a huge body', '/v1/post_task', json(`"${'x'.repeat(1024 * 1024)}"`), 413, 'CDC_BODY_TOO_LARGE'],
    ['an unknown task', '/v1/task/none', undefined, 404, 'CDC_TASK_NOT_FOUND'],
    ['the history of none', '/v1/task/none/history', undefined, 404, 'CDC_TASK_NOT_FOUND'],
    [
      'stopping none',
      '/v1/stop_task',
      json('{"task_id":"none","stop_type":"stop"}'),
      404,
      'CDC_TASK_NOT_FOUND',
    ],
    ['resuming none', '/v1/stop_task', json('{"task_id":"none"}'), 404, 'CDC_TASK_NOT_FOUND'],
    [
      'jumping none',
      '/v1/stop_task',
      json('{"task_id":"none","stop_type":"recovery_v2"}'),
      404,
      'CDC_TASK_NOT_FOUND',
    ],
    ['updating none', '/v1/update_task', json('{"task_id":"none"}'), 404, 'CDC_TASK_NOT_FOUND'],
    ['deleting none', '/v1/delete_task/none', { method: 'POST' }, 404, 'CDC_TASK_NOT_FOUND'],
    ['deleting nothing', '/v1/delete_task/', { method: 'POST' }, 404, 'CDC_ROUTE_NOT_FOUND'],
    ['an unknown route', '/v2/task', undefined, 404, 'CDC_ROUTE_NOT_FOUND'],
    ['a wrong method', '/v1/post_task', undefined, 405, 'CDC_METHOD_NOT_ALLOWED'],
    ['a wrong method of one task', '/v1/task/x', { method: 'DELETE' }, 405, 'CDC_METHOD_NOT_ALLOWED'],
    [
      'a wrong stop_type',
      '/v1/stop_task',
      json('{"task_id":"x","stop_type":"pause"}'),
      400,
      'CDC_INVALID_REQUEST',
    ],
    ['a wrong limit', '/v1/task?limit=0', undefined, 400, 'CDC_INVALID_REQUEST'],
    ['a wrong state', '/v1/task?state=dead', undefined, 400, 'CDC_INVALID_REQUEST'],
    ['an unknown query', '/v1/task?limti=3', undefined, 400, 'CDC_INVALID_REQUEST'],
    [
      'two places',
      '/v1/rewind_task',
      json('{"task_id":"x","to":{"start_time":1,"gtid_set":"a"}}'),
      400,
      'CDC_INVALID_REQUEST',
    ],
    ['no place', '/v1/rewind_task', json('{"task_id":"x","to":{}}'), 400, 'CDC_INVALID_REQUEST'],
    [
      'half a place',
      '/v1/rewind_task',
      json('{"task_id":"x","to":{"position":"binlog.1"}}'),
      400,
      'CDC_INVALID_REQUEST',
    ],
  ];

  test.each(cases)('%s is answered in the envelope', async (_name, path, init, status, code) => {
    const response = await plane.app.request(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/json');
    const answer = await response.json();
    expect(answer).toEqual({
      error_code: status,
      message: expect.stringMatching(/./),
      data: {
        code,
        details: expect.any(Array),
        hint: expect.stringMatching(/./),
        request_id: response.headers.get('x-request-id'),
      },
    });
    expect(JSON.stringify(answer)).not.toMatch(/\.ts:\d|node_modules/);
  });

  test('a wrong method is told the right ones', async () => {
    expect((await plane.app.request('/v1/post_task')).headers.get('allow')).toBe('POST');
  });

  test('broken JSON is located but not quoted', async () => {
    const response = await plane.app.request('/v1/post_task', json('{\n "password": "hush" x}'));
    const text = await response.text();
    expect(text).toContain('line 2');
    expect(text).not.toContain('hush');
  });

  test('a chunked body above the limit is refused too', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(64 * 1024));
    let left = 20;
    const body = new ReadableStream({
      pull(controller) {
        left -= 1;
        if (left < 0) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    const request = new Request('http://localhost/v1/post_task', {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit);
    expect((await plane.app.request(request)).status).toBe(413);
  });
});

test('a defect of ours tells nothing of itself', async () => {
  const plane = controlPlane();
  plane.stores.tasks.get = async () => {
    throw new TypeError("Cannot read properties of undefined (reading 'hush')");
  };
  const response = await plane.get('/v1/task/x');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('hush');
});

test('a store that does not answer is a 503 with Retry-After', async () => {
  const plane = controlPlane();
  plane.stores.tasks.list = async () => {
    throw new CdcError('CDC_STORE_UNAVAILABLE', 'the store does not answer');
  };
  const response = await plane.get('/v1/task');
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
});

test("the caller's request id is kept where it is a plain one", async () => {
  const { app } = controlPlane();
  const kept = await app.request('/healthz', { headers: { 'X-Request-Id': 'abc-1' } });
  expect(kept.headers.get('x-request-id')).toBe('abc-1');
  const replaced = await app.request('/healthz', { headers: { 'X-Request-Id': 'a b' } });
  expect(replaced.headers.get('x-request-id')).toBe('request-1');
});

describe('who may call', () => {
  const plane = controlPlane();
  const tokens = [
    { role: 'reader' as const, hash: hashToken('r-token') },
    { role: 'admin' as const, hash: hashToken('a-token') },
  ];
  const app = createApp({ ...plane.deps, access: { kind: 'tokens', tokens } });
  const as = (token: string, method = 'GET'): RequestInit => ({
    method,
    headers: { Authorization: `Bearer ${token}` },
  });

  test.each([
    ['/v1/task', {}, 401],
    ['/metrics', {}, 401],
    ['/v1/nothing', {}, 401],
    ['/v1/task', as('wrong'), 401],
    ['/v1/task', { headers: { Authorization: 'Basic r-token' } }, 401],
    ['/v1/task', as('r-token'), 200],
    ['/metrics', as('r-token'), 200],
    ['/v1/task', as('a-token'), 200],
    ['/v1/delete_task/none', as('r-token', 'POST'), 403],
    ['/v1/delete_task/none', as('a-token', 'POST'), 404],
    ['/healthz', {}, 200],
    ['/docs', {}, 200],
    ['/v1/openapi.json', {}, 200],
    ['/healthz', { method: 'POST' }, 401],
  ])('%s with %j answers %i', async (path, init, status) => {
    expect((await app.request(path, init)).status).toBe(status);
  });

  test('on loopback no page of another origin or name may call', async () => {
    const call = async (headers: Record<string, string>): Promise<number> =>
      (await plane.app.request('/v1/task', { headers })).status;
    expect(await call({ Host: '127.0.0.1:8689' })).toBe(200);
    expect(await call({ Host: '[::1]:8689' })).toBe(200);
    expect(await call({ Host: 'localhost:8689', Origin: 'http://localhost:8689' })).toBe(200);
    expect(await call({ Host: 'localhost:8689', Origin: 'http://localhost:3000' })).toBe(403);
    expect(await call({ Host: 'localhost:8689', Origin: 'null' })).toBe(403);
    expect(await call({ Host: 'rebound.example:8689' })).toBe(403);
  });
});

test('the root leads to the docs, which bring everything themselves', async () => {
  const { get } = controlPlane();
  expect((await get('/')).headers.get('location')).toBe('/docs');
  const page = await (await get('/docs')).text();
  expect(page).toContain('/v1/openapi.json');
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
});

test('OpenAPI describes every route with the schema that parses it', async () => {
  const api = (await (await controlPlane().get('/v1/openapi.json')).json()) as OpenApi;
  expect(api.openapi).toBe('3.1.0');
  expect(Object.keys(api.paths)).toEqual(
    expect.arrayContaining([
      '/v1/task',
      '/v1/task/{task_id}',
      '/v1/task/{task_id}/history',
      '/v1/post_task',
      '/v1/stop_task',
      '/v1/update_task',
      '/v1/delete_task/{task_id}',
      '/v1/check_task',
      '/v1/rewind_task',
      '/healthz',
      '/metrics',
    ]),
  );
  const port = { type: 'integer', minimum: 1, maximum: 65535 };
  const schema = { properties: { mysql_config: { properties: { port } } }, additionalProperties: false };
  expect(api.paths['/v1/post_task']).toMatchObject({
    post: { requestBody: { content: { 'application/json': { schema } } } },
  });
});

test('metrics tell states, lag, rows and restarts, and no secret', async () => {
  const plane = controlPlane();
  await plane.post('/v1/post_task', BODY);
  await plane.runnerSays('task_001', runStatus({ lagMs: 1500, rows: 42 }));
  const text = await (await plane.get('/metrics')).text();
  expect(text).toContain('galaxy_tasks{state="running"} 1');
  expect(text).toContain('galaxy_task_lag_seconds{task_id="task_001"} 1.5');
  expect(text).toContain('galaxy_task_rows_total{task_id="task_001"} 42');
  expect(text).toContain('galaxy_task_restarts_total{task_id="task_001"} 0');
  expect(text).not.toContain('mysql-secret');
});
