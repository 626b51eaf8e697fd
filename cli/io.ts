import type { Writable } from 'node:stream';

/** What a command may touch of the process it runs in. Data goes to stdout, everything else to stderr. */
export interface CliIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT and SIGTERM: drain, then return. */
  readonly signal: AbortSignal;
}

/** A command: the arguments after its name in, the exit code out (0 done, 1 failed, 2 wrong usage). */
export type Command = (args: string[], io: CliIo) => Promise<number>;
