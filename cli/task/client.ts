/** Calls the HTTP API as the command does it: an error of the API becomes one that the terminal shows in full. */
import type { FieldProblem } from '../../core/errors.ts';

interface Envelope {
  readonly error_code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What the API refused, or that it did not answer at all. */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly details: readonly FieldProblem[];
  readonly requestId: string;

  constructor(message: string, fields: Partial<Pick<ApiError, 'code' | 'hint' | 'details' | 'requestId'>>) {
    super(message);
    this.name = 'ApiError';
    this.code = fields.code ?? '';
    this.hint = fields.hint ?? '';
    this.details = fields.details ?? [];
    this.requestId = fields.requestId ?? '';
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function problemsOf(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isFields).map((item) => ({ path: textOf(item.path), problem: textOf(item.problem) }));
}

export interface ApiClientOptions {
  readonly baseUrl: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
}

export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  get(path: string): Promise<Envelope> {
    return this.#call('GET', path, undefined);
  }

  post(path: string, body?: unknown): Promise<Envelope> {
    return this.#call('POST', path, body);
  }

  async #call(method: string, path: string, body: unknown): Promise<Envelope> {
    const { baseUrl, token, signal, fetch } = this.#options;
    const url = `${baseUrl.replace(/\/+$/, '')}${path}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
      });
      status = response.status;
      text = await response.text();
    } catch {
      throw new ApiError(`${baseUrl} does not answer`, {
        hint: 'Start it by galaxy up, or say where it is by --api URL.',
      });
    }
    return readEnvelope(baseUrl, status, text);
  }
}

function readEnvelope(baseUrl: string, status: number, text: string): Envelope {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = null;
  }
  if (!isFields(answer) || typeof answer.error_code !== 'number') {
    throw new ApiError(`${baseUrl} answers ${status}, but not as Galaxy does`, {
      hint: 'Say where the API of galaxy up is by --api URL.',
    });
  }
  const message = textOf(answer.message);
  if (answer.error_code === 0) return { error_code: 0, message, data: answer.data };
  const data = isFields(answer.data) ? answer.data : {};
  throw new ApiError(message, {
    code: textOf(data.code),
    hint: textOf(data.hint),
    details: problemsOf(data.details),
    requestId: textOf(data.request_id),
  });
}
