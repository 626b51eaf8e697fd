/** Requests as API Gateway hands them to Lambda: payload format 2.0, from a recorded event. */
import recorded from '../fixtures/api-gateway/event.json' with { type: 'json' };

export interface ApiRequest {
  readonly method: string;
  /** As it stands in the URL, escapes and all. */
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Partial<Record<string, string>>>;
  readonly body?: string | Buffer;
  /** Behind a stage of that name, and not `$default`: it stands before the path. */
  readonly stage?: string;
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
  stage = '$default',
}: ApiRequest): unknown {
  const { authorization: _authorization, 'content-length': _length, ...usual } = recorded.headers;
  const { cookie, ...rest } = headers;
  const bytes = Buffer.from(body ?? '');
  return {
    ...recorded,
    rawPath: stage === '$default' ? path : `/${stage}${path}`,
    rawQueryString: query,
    cookies: cookie?.split('; '),
    headers: { ...usual, 'content-length': String(bytes.length), ...rest },
    queryStringParameters: query === '' ? undefined : parametersOf(query),
    requestContext: {
      ...recorded.requestContext,
      stage,
      http: { ...recorded.requestContext.http, method, path: decodeURIComponent(path) },
    },
    ...(body === undefined ? {} : { body: bytes.toString(base64 ? 'base64' : 'utf8') }),
    isBase64Encoded: base64,
  };
}

/** Format 2.0 joins values of the same name with commas. */
function parametersOf(query: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query))
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  return parameters;
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
