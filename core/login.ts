import type { CdcError } from './errors.ts';

/** Who we are at a server, for one login. */
export interface Login {
  readonly user: string;
  /** Or what stands in its place, as a token. */
  readonly password: string;
}

/** What connections log in with, where that may be another one the next time: tokens, secrets that are rotated. */
export interface LoginSource {
  /** For the connection that is made now. */
  current(): Promise<Login>;
  /**
   * The server has refused `login`. Gives another one to be tried at once; where there is none, throws `refusal`, or
   * one of the same code that says that waiting may help.
   */
  afterRefusal(login: Login, refusal: CdcError): Promise<Login>;
  /** The server has let us in. */
  accepted(): void;
}

/** A secret that is changed under us this often within one attempt to connect is not one to wait for. */
const LOGINS_MAX = 3;

/** Connects with the source's login, and again with another one where `isRefusal` says that the first was refused. */
export async function connectWith<T>(
  source: LoginSource,
  connect: (login: Login) => Promise<T>,
  refusalOf: (error: unknown) => CdcError | null,
): Promise<T> {
  let login = await source.current();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const connected = await connect(login);
      source.accepted();
      return connected;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null || attempt === LOGINS_MAX) throw error;
      login = await source.afterRefusal(login, refusal);
    }
  }
}

/** A login that is made anew for each connection; one that was refused was not refused for its age. */
export function freshLogin(make: () => Promise<Login>): LoginSource {
  return {
    current: make,
    afterRefusal: (_login, refusal) => Promise.reject(refusal),
    accepted: () => undefined,
  };
}
