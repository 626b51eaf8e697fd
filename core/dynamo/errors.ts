/**
 * What went wrong with a request, told apart by the names that DynamoDB, the SDK and Node give:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { CdcError } from '../errors.ts';
import type { Item } from './attributes.ts';

/** A condition did not hold; `item` is what stood there, where that was asked for. */
export class ConditionFailed extends Error {
  readonly item: Item | null;

  constructor(item: Item | null) {
    super('the condition did not hold');
    this.name = 'ConditionFailed';
    this.item = item;
  }
}

/** A batch was done in part; the rest is asked for again. */
export class Unprocessed extends Error {
  constructor() {
    super('DynamoDB has put a part of the batch off');
    this.name = 'Unprocessed';
  }
}

const TRANSIENT_NAMES = new Set([
  'Unprocessed',
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TransactionConflictException',
  'TransactionInProgressException',
  'InternalServerError',
  'ServiceUnavailable',
  'CredentialsProviderError',
  'ExpiredTokenException',
  // the SDK and Node, where no answer came
  'AbortError',
  'TimeoutError',
  'NetworkingError',
]);

const TRANSIENT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const TRANSIENT_REASONS = new Set([
  'None',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

const DENIED_NAMES = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
]);

function httpStatus(error: Error): number {
  const metadata = '$metadata' in error ? error.$metadata : null;
  const has = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  return has ? Number(metadata.httpStatusCode) : 0;
}

/** May the same request succeed a moment later? */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).every(({ Code }) => TRANSIENT_REASONS.has(Code ?? 'None'));
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return TRANSIENT_NAMES.has(error.name) || TRANSIENT_CODES.has(code) || httpStatus(error) >= 500;
}

/** The condition that failed, of a single write or of the first such write of a transaction; else null. */
export function failedCondition(error: unknown): ConditionFailed | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'ConditionalCheckFailedException') {
    return new ConditionFailed('Item' in error ? ((error.Item as Item | undefined) ?? null) : null);
  }
  if (!(error instanceof TransactionCanceledException)) return null;
  const reason = error.CancellationReasons?.find(({ Code }) => Code === 'ConditionalCheckFailed');
  return reason === undefined ? null : new ConditionFailed(reason.Item ?? null);
}

/** Any other failure in our words. */
export function requestError(tableName: string, error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const name = error instanceof Error ? error.name : 'Error';
  const message = `DynamoDB, table "${tableName}": ${name}: ${error instanceof Error ? error.message : String(error)}`;
  if (name === 'ResourceNotFoundException') {
    const hint = 'Deploy the table first, or correct its name and region.';
    return new CdcError('CDC_CONFIG', message, { hint, cause: error });
  }
  if (/^Region is missing/.test(error instanceof Error ? error.message : '')) {
    return new CdcError('CDC_CONFIG', message, { hint: 'Set AWS_REGION.', cause: error });
  }
  if (name === 'ValidationException' || name === 'SerializationException') {
    return new CdcError('CDC_INTERNAL', message, { cause: error });
  }
  if (DENIED_NAMES.has(name) || name === 'CredentialsProviderError') {
    const hint = 'Give this process AWS credentials that may read and write the table.';
    return new CdcError('CDC_STORE_UNAVAILABLE', message, { hint, cause: error });
  }
  return new CdcError('CDC_STORE_UNAVAILABLE', message, { cause: error });
}

/** Runs `work`; a condition that did not hold becomes what `otherwise` makes of the item that stood there. */
export async function onConflict<T>(work: () => Promise<T>, otherwise: (item: Item | null) => T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConditionFailed) return otherwise(error.item);
    throw error;
  }
}
