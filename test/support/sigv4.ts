/**
 * Signature Version 4 in a query, worked out from the text of AWS's manual ("Create a signed AWS API request") and
 * from nothing else: what stands in for the services that check our tokens.
 */
import { createHash, createHmac } from 'node:crypto';

export interface SignedUrl {
  readonly host: string;
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly expiresSeconds: number;
  readonly query: ReadonlyMap<string, string>;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** null where the signature is not that of this key over all of the URL but `unsigned`. */
export function readSignedUrl(
  url: string,
  secretAccessKey: string,
  unsigned: readonly string[] = [],
): SignedUrl | null {
  const [, host = '', text = ''] = /^(?:https:\/\/)?([^/]+)\/\?(.*)$/.exec(url) ?? [];
  const pairs = text.split('&').map((pair) => pair.split('=') as [string, string]);
  const query = new Map(pairs.map(([name, value]) => [decodeURIComponent(name), decodeURIComponent(value)]));
  const [accessKeyId = '', date = '', region = '', service = '', end = ''] = (
    query.get('X-Amz-Credential') ?? ''
  ).split('/');
  const canonicalQuery = pairs
    .filter(([name]) => name !== 'X-Amz-Signature' && !unsigned.includes(name))
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
  const request = ['GET', '/', canonicalQuery, `host:${host}`, '', 'host', sha256('')].join('\n');
  const scope = `${date}/${region}/${service}/${end}`;
  const toSign = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date') ?? '', scope, sha256(request)].join('\n');
  const key = [date, region, service, end].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  if (hmac(key, toSign).toString('hex') !== query.get('X-Amz-Signature')) return null;
  return { host, service, region, accessKeyId, query, expiresSeconds: Number(query.get('X-Amz-Expires')) };
}
