import type { Writable } from 'node:stream';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

type Style = keyof typeof CODES;

/** Tells what happens: with colours and a passing line on a terminal, in plain lines elsewhere. */
export class Narrator {
  readonly #out: Writable;
  readonly #terminal: boolean;
  #lastLine: 'whole' | 'passing' = 'whole';
  #steps = 0;
  readonly #failed: string[] = [];
  #passed = 0;

  constructor(out: Writable, terminal: boolean) {
    this.#out = out;
    this.#terminal = terminal;
  }

  /** A new part of the story. */
  step(text: string): void {
    this.#steps += 1;
    this.#write(`\n${this.style(`${this.#steps}. ${text}`, 'bold')}\n`);
  }

  line(text = ''): void {
    this.#write(text === '' ? '\n' : `   ${text}\n`);
  }

  /** What a person could type. */
  command(text: string): void {
    this.#write(`   ${this.style('$', 'dim')} ${this.style(text, 'cyan')}\n`);
  }

  /** Something that passes: overwritten by what comes next on a terminal. */
  progress(text: string): void {
    if (!this.#terminal) {
      this.#write(`   ... ${text}\n`);
      return;
    }
    this.#out.write(`\r\x1b[K   ${this.style(`... ${text}`, 'dim')}`);
    this.#lastLine = 'passing';
  }

  /** Something that must hold; the exit code depends on it. */
  check(holds: boolean, text: string): void {
    if (holds) this.#passed += 1;
    else this.#failed.push(text);
    const mark = holds ? this.style('ok', 'green') : this.style('FAILED', 'red');
    this.#write(`   ${mark} ${text}\n`);
  }

  get failed(): readonly string[] {
    return this.#failed;
  }

  get passed(): number {
    return this.#passed;
  }

  style(text: string, style: Style): string {
    return this.#terminal ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
  }

  #write(text: string): void {
    if (this.#lastLine === 'passing') this.#out.write('\r\x1b[K');
    this.#lastLine = 'whole';
    this.#out.write(text);
  }
}
