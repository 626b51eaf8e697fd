/** Requests as API Gateway hands them to Lambda: payload format 2.0, from a recorded event. */
import recorded from '../fixtures/api-gateway/event.json' with { type: 'json' };

export interface ApiRequest {
  readonly method: string;
  /** As it stands in the URL, escapes and all. */
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** API Gateway does so with bodies whose content type it does not know as text. */
  readonly base64?: boolean;
}

export function apiGatewayEvent({
  method,
  path,
  query = '',
  headers = {},
  body,
  base64 = false,
}: ApiRequest): unknown {
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const { authorization: _authorization, 'content-length': _length, ...usual } = recorded.headers;
  const bytes = Buffer.from(body ?? '');
  return {
    ...recorded,
    rawPath: path,
    rawQueryString: query,
    headers: { ...usual, 'content-length': String(bytes.length), ...headers },
    ...(query === '' ? { queryStringParameters: undefined } : { queryStringParameters: parameters }),
    requestContext: {
      ...recorded.requestContext,
      http: { ...recorded.requestContext.http, method, path: decodeURIComponent(path) },
    },
    ...(body === undefined ? {} : { body: base64 ? bytes.toString('base64') : body }),
    isBase64Encoded: base64,
  };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function lambdaAnswer(answer: unknown): ApiAnswer {
  const { statusCode, headers = {}, body, isBase64Encoded } = answer as LambdaAnswer;
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  return { status: statusCode, headers, body: text };
}
