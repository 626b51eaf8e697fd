import { setTimeout as sleep } from 'node:timers/promises';

/** The envelope of every answer. */
export interface Answer {
  readonly status: number;
  readonly error_code: number;
  readonly message: string;
  readonly data: unknown;
}

/** Calls the HTTP API of a control plane. */
export class ApiClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    this.url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async get(path: string): Promise<Answer> {
    return await this.#call(path, { method: 'GET' });
  }

  async post(path: string, body?: unknown): Promise<Answer> {
    const json = { 'content-type': 'application/json' };
    return await this.#call(path, {
      method: 'POST',
      ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
    });
  }

  /** Posts, and throws what the API answers if that is an error. */
  async mustPost(path: string, body?: unknown): Promise<Answer> {
    const answer = await this.post(path, body);
    if (answer.error_code !== 0) throw new Error(`${path} answered ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Waits until the task is in that state; throws when it does not get there. */
  async waitForState(taskId: string, state: string, timeoutMs = 60_000): Promise<void> {
    let seen = 'nothing';
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100)) {
      const answer = await this.get(`/v1/task/${taskId}`).catch(() => undefined);
      if (answer === undefined) continue;
      const task = answer.data as { state?: string; error_msg?: string } | undefined;
      seen = `${task?.state ?? answer.message} ${task?.error_msg ?? ''}`.trim();
      if (task?.state === state) return;
    }
    throw new Error(`Task ${taskId} is not ${state} after ${timeoutMs / 1000} s but ${seen}`);
  }

  async #call(
    path: string,
    init: { method: string; headers?: Record<string, string>; body?: string },
  ): Promise<Answer> {
    const headers = { ...this.#headers, ...init.headers };
    const response = await fetch(this.url + path, { ...init, headers, signal: AbortSignal.timeout(30_000) });
    const body = (await response.json()) as Omit<Answer, 'status'>;
    return { ...body, status: response.status };
  }
}
