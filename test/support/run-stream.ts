/** `galaxy stream` in this process: the command as it is, with its output kept. */
import { Writable } from 'node:stream';
import { dispatch } from '../../cli/dispatch.ts';

export interface StreamRun {
  /** Exit code of the command. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written. */
export class Kept extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

export async function runStream(args: readonly string[], signal?: AbortSignal): Promise<StreamRun> {
  const stdout = new Kept();
  const stderr = new Kept();
  const io = { stdout, stderr, env: {}, signal: signal ?? new AbortController().signal };
  const code = await dispatch(['stream', ...args], 'test', io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
