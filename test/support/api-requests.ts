/** Requests that Lambda behind API Gateway and Node's HTTP server must answer alike, and what is alike. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ApiAnswer, ApiRequest } from './api-gateway.ts';

export const READ = { authorization: 'Bearer reader-token' };
export const ADMIN = { authorization: 'Bearer admin-token', 'content-type': 'application/json' };

/** On a connection of its own: a server closes one whose body it does not read to the end. */
export async function overHttp(url: string, request: ApiRequest): Promise<ApiAnswer> {
  const { method, path, query = '', headers = {}, body } = request;
  const sent = httpRequest(`${url}${path}${query === '' ? '' : `?${query}`}`, {
    method,
    agent: false,
    signal: AbortSignal.timeout(30_000),
    headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const answered = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(answered) as Record<string, string>,
    body: await text(response),
  };
}

const OWN_HEADERS = [
  'apigw-requestid',
  'connection',
  'date',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'x-request-id',
];

/** Without what differs from request to request, or is the server's own. */
export function comparable({ status, headers, body }: ApiAnswer): unknown {
  const rest = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !OWN_HEADERS.includes(name));
  return {
    status,
    headers: Object.fromEntries(rest),
    body: body
      .replaceAll(/"request_id":"[^"]*"/g, '"request_id":"…"')
      .replaceAll(/"(\w*(?:_at|at|_ms|atMs|server_id))":("[^"]*"|\d+)/g, '"$1":"…"'),
  };
}

const MIB = 1024 * 1024;
const task = { task_id: 'täsk/1 %', tables: [] };
const post = (path: string, body: string | Buffer, more: Partial<ApiRequest> = {}): ApiRequest => ({
  method: 'POST',
  path,
  headers: ADMIN,
  body,
  ...more,
});

/** None of them finds a task: what they answer comes from routes, access and the reading of requests. */
export const REQUESTS: readonly ApiRequest[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/healthz' },
  { method: 'HEAD', path: '/healthz' },
  { method: 'GET', path: '/docs', headers: READ },
  { method: 'GET', path: '/v1/openapi.json', headers: READ },
  { method: 'GET', path: '/metrics', headers: READ },
  { method: 'GET', path: '/metrics' },
  { method: 'GET', path: '/v1/task', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'limit=2&state=running', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'limit=zwei&cursor=%22%C3%A4', headers: READ },
  { method: 'GET', path: '/v1/task' },
  { method: 'GET', path: '/v1/task/nobody', headers: READ },
  { method: 'GET', path: '/v1/task/t%C3%A4sk%2F1%20%25', headers: READ },
  { method: 'GET', path: '/v1/task/nobody/history', query: 'limit=5', headers: READ },
  { method: 'POST', path: '/v1/post_task', headers: READ, body: '{}' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: '{}' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: JSON.stringify(task) },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: JSON.stringify(task), base64: true },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN, body: '{"task_id": ' },
  { method: 'POST', path: '/v1/post_task', headers: ADMIN },
  { method: 'POST', path: '/v1/post_task', headers: { ...ADMIN, 'content-type': 'text/plain' }, body: '{}' },
  { method: 'POST', path: '/v1/check_task', headers: ADMIN, body: JSON.stringify(task) },
  { method: 'POST', path: '/v1/stop_task', headers: ADMIN, body: '{"task_id":"nobody","stop_type":"stop"}' },
  {
    method: 'POST',
    path: '/v1/stop_task',
    headers: ADMIN,
    body: '{"task_id":"nobody","stop_type":"perhaps"}',
  },
  {
    method: 'POST',
    path: '/v1/update_task',
    headers: ADMIN,
    body: '{"task_id":"nobody","database":"d","tables":[],"exclude_table":[]}',
  },
  { method: 'POST', path: '/v1/delete_task/nobody', headers: ADMIN },
  {
    method: 'POST',
    path: '/v1/rewind_task',
    headers: ADMIN,
    body: '{"task_id":"nobody","to":{"start_time":1}}',
  },
  { method: 'POST', path: '/v1/skip_event', headers: ADMIN, body: '{"task_id":"nobody","event":"x"}' },
  { method: 'DELETE', path: '/v1/task', headers: ADMIN },
  { method: 'GET', path: '/v2/nothing', headers: READ },
  // methods
  { method: 'HEAD', path: '/v1/task', headers: READ },
  { method: 'HEAD', path: '/v1/task/nobody', headers: READ },
  { method: 'OPTIONS', path: '/v1/task', headers: { ...READ, origin: 'https://example.com' } },
  { method: 'OPTIONS', path: '/v1/post_task' },
  { method: 'GET', path: '/v1/post_task', headers: READ },
  { method: 'PUT', path: '/v1/post_task', headers: ADMIN, body: '{}' },
  { method: 'PATCH', path: '/v1/task/nobody', headers: ADMIN, body: '{}' },
  { method: 'POST', path: '/healthz', headers: ADMIN, body: '{}' },
  // paths
  { method: 'GET', path: '/v1/task/', headers: READ },
  { method: 'GET', path: '//v1/task', headers: READ },
  { method: 'GET', path: '/V1/TASK', headers: READ },
  { method: 'GET', path: '/v1/task/a+b%20c', headers: READ },
  { method: 'GET', path: '/v1/task/nobody/history', query: 'cursor=%00&limit=100000', headers: READ },
  { method: 'GET', path: '/v1/task/%E6%9D%B1%E4%BA%AC/history', headers: READ },
  { method: 'GET', path: '/favicon.ico' },
  // queries
  { method: 'GET', path: '/v1/task', query: 'limit=1&limit=2', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'state=a%26b%3Dc+d&limit=', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'limt=1', headers: READ },
  { method: 'GET', path: '/v1/task', query: 'cursor=nonsense', headers: READ },
  // access
  { method: 'GET', path: '/v1/task', headers: { authorization: 'bearer reader-token' } },
  { method: 'GET', path: '/v1/task', headers: { authorization: 'Bearer nobodys-token' } },
  { method: 'GET', path: '/v1/task', headers: { authorization: 'Basic cmVhZGVyOnRva2Vu' } },
  { method: 'GET', path: '/v1/task', headers: { ...READ, cookie: 'session=reader-token; a=b' } },
  { method: 'GET', path: '/v1/task', headers: { cookie: 'authorization=Bearer%20reader-token' } },
  { method: 'POST', path: '/v1/stop_task', headers: READ, body: '{"task_id":"nobody"}' },
  { method: 'POST', path: '/v1/delete_task/nobody', headers: READ },
  { method: 'POST', path: '/v1/post_task', body: '{}' },
  // bodies
  post('/v1/post_task', JSON.stringify({ ...task, größe: '東京 \u{1f600}' })),
  post('/v1/post_task', JSON.stringify({ ...task, größe: '東京 \u{1f600}' }), { base64: true }),
  post('/v1/post_task', '\ufeff{}'),
  post('/v1/post_task', '[]'),
  post('/v1/post_task', 'null'),
  post('/v1/post_task', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { base64: true }),
  post('/v1/post_task', 'task_id=1', {
    headers: { ...ADMIN, 'content-type': 'application/x-www-form-urlencoded' },
  }),
  post('/v1/post_task', '{}', { headers: { ...ADMIN, 'content-type': 'Application/JSON; charset=utf-8' } }),
  post('/v1/post_task', '{}', { query: 'wait=perhaps' }),
  post('/v1/post_task', `${' '.repeat(MIB - 2)}{}`),
  post('/v1/post_task', `${' '.repeat(MIB)}{}`),
  post('/v1/post_task', `${' '.repeat(MIB)}{}`, { base64: true }),
  post('/v1/check_task', '{"task_id":'),
  post('/v1/stop_task', '{"task_id":"nobody"}'),
  post('/v1/update_task', '{"task_id":"nobody","mysql_config":{"port":"x"}}'),
  post('/v1/rewind_task', '{"task_id":"nobody","to":{}}'),
  post('/v1/skip_event', '{"task_id":"nobody","reason":"so"}'),
  { method: 'POST', path: '/v1/delete_task/', headers: ADMIN },
];
