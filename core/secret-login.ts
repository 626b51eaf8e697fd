import { CdcError } from './errors.ts';
import type { Login, LoginSource } from './login.ts';

export interface SecretLoginOptions {
  readonly first: Login;
  /** Reads the secret again. */
  readonly read: () => Promise<Login>;
  /** How long a refused login may be waited out, from the first refusal on. */
  readonly graceMs: number;
  readonly now: () => number;
}

const HINT =
  'Put the password that the server takes into the secret: Galaxy reads it again at each attempt, and goes on by itself.';

/**
 * A login out of a secret that its owner may change at any time. It is read again when a server refuses what we know:
 * a rotation changes server and secret one after the other, so for a grace time a refusal is one that waiting may mend.
 */
export class SecretLogin implements LoginSource {
  readonly #options: SecretLoginOptions;
  #login: Login;
  #refusedSinceMs: number | null = null;

  constructor(options: SecretLoginOptions) {
    this.#options = options;
    this.#login = options.first;
  }

  async current(): Promise<Login> {
    // refused before: servers lock accounts that try an old password too often
    if (this.#refusedSinceMs !== null) this.#login = await this.#options.read();
    return this.#login;
  }

  async afterRefusal(refused: Login, refusal: CdcError): Promise<Login> {
    const { read, graceMs, now } = this.#options;
    this.#refusedSinceMs ??= now();
    this.#login = await read();
    if (this.#login.user !== refused.user || this.#login.password !== refused.password) return this.#login;
    if (now() - this.#refusedSinceMs >= graceMs) throw refusal;
    const { code, message, cause } = refusal;
    throw new CdcError(code, message, { cause, hint: HINT, retryable: true });
  }

  accepted(): void {
    this.#refusedSinceMs = null;
  }
}
