import { CdcError, type ErrorCode } from '../errors.ts';

/** Codes that Node puts on what is wrong with the other side's certificate, or with its TLS. */
const TLS_ERROR =
  /\b(ERR_TLS_\w+|ERR_SSL_\w+|ERR_OSSL_\w+|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|HOSTNAME_MISMATCH)\b/;

/** Whether the error of a socket is about its TLS. */
export const isTlsError = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && TLS_ERROR.test(error.code);

/** Names of kafkajs' error classes and of Kafka's error codes, and what they mean for us. */
const BY_NAME: readonly { readonly pattern: RegExp; readonly code: ErrorCode }[] = [
  { pattern: /SASL|ILLEGAL_SASL_STATE|UNSUPPORTED_SASL_MECHANISM/, code: 'CDC_SINK_ACCESS_DENIED' },
  { pattern: /CLUSTER_AUTHORIZATION_FAILED|TRANSACTIONAL_ID_AUTHORIZATION/, code: 'CDC_SINK_ACCESS_DENIED' },
  {
    pattern:
      /TOPIC_AUTHORIZATION_FAILED|INVALID_TOPIC|INVALID_PARTITIONS|INVALID_REPLICATION|POLICY_VIOLATION/,
    code: 'CDC_SINK_TOPIC',
  },
  { pattern: /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/, code: 'CDC_SINK_MESSAGE_TOO_LARGE' },
  { pattern: /\bINVALID_RECORD\b|\bINVALID_TIMESTAMP\b/, code: 'CDC_SINK_MESSAGE_REFUSED' },
  { pattern: /CDC_HOST_NOT_ALLOWED/, code: 'CDC_HOST_NOT_ALLOWED' },
  { pattern: TLS_ERROR, code: 'CDC_SINK_TLS' },
  {
    pattern:
      /ConnectionError|ConnectionClosed|BrokerNotFound|RequestTimeout|ECONNREFUSED|ETIMEDOUT|ENOTFOUND|ECONNRESET/,
    code: 'CDC_SINK_UNREACHABLE',
  },
];

interface Described {
  readonly name: string;
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

/** An error and its causes, from the outside in. */
function chain(error: unknown): Described[] {
  const found: Described[] = [];
  let next: unknown = error;
  for (let depth = 0; depth < 8 && typeof next === 'object' && next !== null; depth += 1) {
    const item = next as Partial<
      Record<'name' | 'type' | 'code' | 'message' | 'cause' | 'originalError', unknown>
    >;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    found.push({
      name: text(item.name),
      type: text(item.type),
      code: text(item.code),
      message: text(item.message),
    });
    next = item.cause ?? item.originalError;
  }
  return found;
}

/** Any error of a Kafka client as ours. Passwords are never part of a client's messages. */
export function kafkaError(error: unknown, what: string): CdcError {
  if (error instanceof CdcError) return error;
  const found = chain(error);
  const message = found.findLast((item) => item.message !== '')?.message ?? String(error);
  const signs = found.map((item) => `${item.name} ${item.type} ${item.code}`).join(' ');
  const code = BY_NAME.find(({ pattern }) => pattern.test(signs))?.code ?? 'CDC_SINK_ERROR';
  return new CdcError(code, `${what}: ${message}`, { cause: error });
}
