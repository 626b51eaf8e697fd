/**
 * Both tokens are URLs that were signed beforehand (SigV4 in the query), good for 15 minutes:
 *
 *   RDS   <host>:<port>/?Action=connect&DBUser=<user>&X-Amz-…           signed for the service rds-db
 *   MSK   base64url of https://kafka.<region>.amazonaws.com/?Action=kafka-cluster:Connect&X-Amz-…&User-Agent=…
 *         signed for kafka-cluster, User-Agent added after the signature
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { CdcError } from '../errors.ts';
import type { IamTokens } from '../iam-tokens.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface IamTokenOptions {
  readonly credentials: () => Promise<Credentials>;
  /** Milliseconds. */
  readonly now: () => number;
}

const VALID_SECONDS = 900;
const USER_AGENT = 'galaxy';

/** SHA-256 as the signer wants it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error('a digest is made once');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

interface Wanted {
  readonly service: string;
  readonly region: string;
  readonly hostname: string;
  readonly port?: number;
  readonly query: Readonly<Record<string, string>>;
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export function createIamTokens({ credentials, now }: IamTokenOptions): IamTokens {
  const presigned = async ({ service, region, hostname, port, query }: Wanted): Promise<string> => {
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    let known: Credentials;
    try {
      known = await credentials();
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new CdcError('CDC_AWS_CREDENTIALS', `no AWS credentials for a token (${reason})`, { cause });
    }
    const signer = new SignatureV4({
      service,
      region,
      credentials: {
        accessKeyId: known.accessKeyId,
        secretAccessKey: known.secretAccessKey,
        ...(known.sessionToken === undefined ? {} : { sessionToken: known.sessionToken }),
      },
      sha256: Sha256,
    });
    const signed = await signer.presign(
      { method: 'GET', protocol: 'https:', hostname, path: '/', headers: { host }, query: { ...query } },
      { expiresIn: VALID_SECONDS, signingDate: new Date(now()) },
    );
    const pairs = Object.entries(signed.query ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return `${host}/?${pairs.map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`).join('&')}`;
  };
  return {
    rds: ({ host: hostname, port, user, region }) =>
      presigned({ service: 'rds-db', region, hostname, port, query: { Action: 'connect', DBUser: user } }),
    msk: async (region) => {
      const hostname = `kafka.${region}.amazonaws.com`;
      const query = { Action: 'kafka-cluster:Connect' };
      const url = await presigned({ service: 'kafka-cluster', region, hostname, query });
      return Buffer.from(`https://${url}&User-Agent=${USER_AGENT}`).toString('base64url');
    },
  };
}
