/** The servers of one topology as one source: the one that served last is asked first, then the others in turn. */
import { CdcError, toCdcError } from '../errors.ts';
import { formatTarget, type MysqlTarget } from './target.ts';

export class ServerList {
  readonly #targets: readonly [MysqlTarget, ...MysqlTarget[]];
  #current = 0;

  constructor(targets: readonly [MysqlTarget, ...MysqlTarget[]]) {
    this.#targets = targets;
  }

  /**
   * What `attempt` gives for the first server that it works with. Where it works with none: an error that waiting
   * may mend, if one has such an error (the others may stay away for good), else that of the first one tried.
   */
  async first<T>(attempt: (target: MysqlTarget) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const failures: { readonly target: MysqlTarget; readonly error: CdcError }[] = [];
    for (let turn = 0; turn < this.#targets.length; turn += 1) {
      const index = (this.#current + turn) % this.#targets.length;
      const target = this.#targets[index] ?? this.#targets[0];
      try {
        const result = await attempt(target);
        this.#current = index;
        return result;
      } catch (error) {
        failures.push({ target, error: toCdcError(error) });
        if (signal?.aborted) break;
      }
    }
    const told = failures.find(({ error }) => error.retryable) ?? failures[0];
    if (told === undefined) throw new CdcError('CDC_INTERNAL', 'a source without a server');
    const others = failures.filter((failure) => failure !== told);
    if (others.length === 0) throw told.error;
    const more = others.map(
      ({ target, error }) => `${formatTarget(target)}: ${error.code}, ${error.message}`,
    );
    const { code, message, hint, retryable, cause } = told.error;
    throw new CdcError(code, `${message}; and ${more.join('; ')}`, { hint, retryable, cause });
  }
}
