/** Who may call: bearer tokens with a role each, kept as hashes only; or, on a loopback address, the machine's own. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { CdcError } from '../../core/errors.ts';
import type { HttpEnv } from '../http.ts';

export type Role = 'reader' | 'admin';

export interface AccessToken {
  readonly role: Role;
  /** SHA-256 of the token, 32 bytes. */
  readonly hash: Buffer;
}

export type Access =
  /** No token: only for a server that listens on a loopback address. */
  { readonly kind: 'loopback' } | { readonly kind: 'tokens'; readonly tokens: readonly AccessToken[] };

/** Reads lines `reader:<sha256 in hex>` and `admin:<sha256 in hex>`; `#` begins a comment. CDC_CONFIG. */
export function parseTokens(text: string): AccessToken[] {
  const tokens: AccessToken[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.replace(/#.*/, '').trim();
    if (bare === '') continue;
    const match = /^(reader|admin):([0-9a-fA-F]{64})$/.exec(bare);
    if (match?.[2] === undefined) {
      throw new CdcError('CDC_CONFIG', `line ${index + 1} of the tokens is not role:sha256`, {
        hint: 'Write admin: or reader: and the SHA-256 of the token in hex; `galaxy task token` makes both.',
      });
    }
    tokens.push({ role: match[1] === 'admin' ? 'admin' : 'reader', hash: Buffer.from(match[2], 'hex') });
  }
  if (tokens.length === 0) {
    throw new CdcError('CDC_CONFIG', 'there is no token', { hint: 'Give at least one line admin:<sha256>.' });
  }
  return tokens;
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** Pages that hold nothing of any task; a browser can't send a token for them. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/healthz', '/docs', '/v1/openapi.json']);

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

function roleOf(tokens: readonly AccessToken[], authorization: string | undefined): Role {
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new CdcError('CDC_UNAUTHORIZED', 'the request has no bearer token');
  const hash = hashToken(token);
  // All are compared, so that the time taken tells nothing.
  const matching = tokens.filter((known) => timingSafeEqual(known.hash, hash));
  if (matching.length === 0) throw new CdcError('CDC_UNAUTHORIZED', 'the token is not known');
  return matching.some((known) => known.role === 'admin') ? 'admin' : 'reader';
}

const LOOPBACK_NAME = /^(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Without tokens every program of this machine may call, but no page of the web: a browser names the page's
 * origin, and a name that was made to resolve to this machine stands in Host.
 */
function refuseForeignPages(host: string | undefined, origin: string | undefined): void {
  const refuse = (what: string): CdcError =>
    new CdcError('CDC_FORBIDDEN', what, { hint: 'Call it by 127.0.0.1, or start Galaxy with tokens.' });
  if (host !== undefined && !LOOPBACK_NAME.test(host))
    throw refuse(`"${host}" is not a name of this machine`);
  if (origin === undefined) return;
  if (host === undefined || origin.replace(/^https?:\/\//, '') !== host) {
    throw refuse('pages of other origins may not call this API');
  }
}

export function authenticate(access: Access) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    const { method, path } = context.req;
    if (access.kind === 'loopback') {
      refuseForeignPages(context.req.header('host'), context.req.header('origin'));
    } else if (!(OPEN_PATHS.has(path) && isRead(method))) {
      const role = roleOf(access.tokens, context.req.header('authorization'));
      if (role !== 'admin' && !isRead(method)) {
        throw new CdcError('CDC_FORBIDDEN', 'a reader may not change anything');
      }
    }
    await next();
  });
}
