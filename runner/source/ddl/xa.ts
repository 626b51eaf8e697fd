import type { Statement } from './statement.ts';
import type { Token } from './tokens.ts';

/** The parts of an xid as written: 'text', X'hex' or 0xhex. */
function xidParts(tokens: readonly Token[]): { parts: string[]; formatId: string } {
  const parts: string[] = [];
  let formatId = '1';
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.upper === 'X' && tokens[at + 1]?.kind === 'string' && tokens[at + 1]?.start === token.end) {
      parts.push((tokens[at + 1]?.text ?? '').toLowerCase());
      at += 1;
    } else if (token.kind === 'string') parts.push(Buffer.from(token.text, 'utf8').toString('hex'));
    else if (/^0X[0-9A-F]*$/.test(token.upper)) parts.push(token.text.slice(2).toLowerCase());
    else if (/^\d+$/.test(token.text)) formatId = token.text;
    else if (token.upper !== ',') break;
  }
  return { parts, formatId };
}

/** XA START | END | PREPARE | COMMIT | ROLLBACK xid. */
export function readXa(_sql: string, tokens: readonly Token[]): Statement {
  const word = tokens[1]?.upper ?? '';
  const verb = word === 'BEGIN' ? 'start' : word.toLowerCase();
  if (verb !== 'start' && verb !== 'end' && verb !== 'prepare' && verb !== 'commit' && verb !== 'rollback') {
    return { kind: 'other' };
  }
  const { parts, formatId } = xidParts(tokens.slice(2));
  const xid = `X'${parts[0] ?? ''}',X'${parts[1] ?? ''}',${formatId}`;
  return { kind: 'xa', verb, xid, onePhase: tokens.some((token) => token.upper === 'PHASE') };
}
