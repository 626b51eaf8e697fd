/** The envelope of every answer, and the body of every request. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { CdcError, toCdcError } from '../core/errors.ts';

export interface HttpEnv {
  readonly Variables: { requestId: string };
}

export type HttpContext = Context<HttpEnv>;

export function success(context: HttpContext, data?: unknown, message = 'success'): Response {
  return context.json({ error_code: 0, message, ...(data === undefined ? {} : { data }) });
}

const RETRY_AFTER_DEFAULT_MS = 2_000;

/** An error in the envelope. What is not ours is told as a defect, without its message: that may hold anything. */
export function failure(context: HttpContext, cause: unknown): Response {
  const error =
    cause instanceof CdcError ? cause : new CdcError('CDC_INTERNAL', 'an unexpected error', { cause });
  const { code, status, hint, details } = error;
  const mayRetry = status === 429 || status === 503 || error.retryAfterMs !== undefined;
  if (mayRetry) {
    const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? RETRY_AFTER_DEFAULT_MS) / 1000));
    context.header('Retry-After', String(seconds));
  }
  if (status === 401) context.header('WWW-Authenticate', 'Bearer');
  const data = { code, details, hint, request_id: context.get('requestId') };
  return context.json({ error_code: status, message: error.message, data }, status as ContentfulStatusCode);
}

/** Where the text stops being JSON; V8's own message would quote the body, and with it maybe a password. */
function whereBroken(text: string, error: unknown): string {
  const found = /at position (\d+)/.exec(toCdcError(error).message)?.[1];
  if (found === undefined) return '';
  const before = text.slice(0, Number(found)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The JSON body. CDC_BODY_REQUIRED, CDC_UNSUPPORTED_MEDIA_TYPE, CDC_BODY_TOO_LARGE, CDC_BODY_NOT_JSON. */
export async function readJson(context: HttpContext): Promise<unknown> {
  const bytes = await context.req.arrayBuffer();
  if (bytes.byteLength === 0) throw new CdcError('CDC_BODY_REQUIRED', 'the request has no body');
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type)) {
    const was = type === '' ? 'the request has no content type' : `the content type is ${type}`;
    throw new CdcError('CDC_UNSUPPORTED_MEDIA_TYPE', was);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CdcError('CDC_BODY_NOT_JSON', 'the body is not UTF-8', { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CdcError('CDC_BODY_NOT_JSON', `the body is not JSON${whereBroken(text, error)}`);
  }
}
