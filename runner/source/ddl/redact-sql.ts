import type { Token } from './tokens.ts';

/** Words after which a string is, or may hold, a password. */
const BEFORE_SECRET = new Set([
  'BY',
  'AS',
  'USING',
  'PASSWORD',
  'MASTER_PASSWORD',
  'SOURCE_PASSWORD',
  'CONNECTION',
  'ENCRYPTION_KEY_ID',
]);
const CUT = "'***'";

/** The statement with every string that may be a password, or hold one, cut out. */
export function redactSql(sql: string, tokens: readonly Token[]): string {
  let text = '';
  let from = 0;
  let last = '';
  for (const token of tokens) {
    if (token.kind === 'string' && BEFORE_SECRET.has(last) && mayHoldSecret(token, last)) {
      text += sql.slice(from, token.start) + CUT;
      from = token.end;
    }
    if (token.upper !== '(' && token.upper !== '=') last = token.upper;
  }
  return text + sql.slice(from);
}

/** `AS 'x'` is everywhere in views; a hash or a URL with credentials is what counts there. */
function mayHoldSecret(token: Token, before: string): boolean {
  if (before === 'CONNECTION') return /:\/\/[^/]*@/.test(token.text);
  return true;
}
