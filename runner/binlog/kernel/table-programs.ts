import type { RowsEvent } from '../event.ts';
import { PROGRAMS_FULL, type Program, type ProgramOptions } from './program.ts';
import type { RowKernel } from './row-kernel.ts';

interface Made {
  readonly present: Buffer;
  readonly presentAfter: Buffer;
  readonly program: Program | null;
}

export function sameBitmap(a: Buffer, b: Buffer): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** The programs of one table shape, one for each action and row image; made when the first event wants one. */
export class TablePrograms {
  readonly #kernel: RowKernel;
  readonly #newest = new Map<RowsEvent['action'], Made>();
  readonly #all = new Map<string, Made>();
  #generation: number;

  constructor(kernel: RowKernel) {
    this.#kernel = kernel;
    this.#generation = kernel.generation;
  }

  /** null where there can't be one. */
  find(event: RowsEvent, options: () => ProgramOptions): Program | null {
    const { action, present, presentAfter } = event;
    if (this.#generation !== this.#kernel.generation) this.#forget();
    const newest = this.#newest.get(action);
    if (
      newest !== undefined &&
      sameBitmap(newest.present, present) &&
      sameBitmap(newest.presentAfter, presentAfter)
    ) {
      return newest.program;
    }
    const name = `${action} ${present.toString('hex')} ${presentAfter.toString('hex')}`;
    const made = this.#all.get(name) ?? {
      present: Buffer.from(present),
      presentAfter: Buffer.from(presentAfter),
      program: this.#make(options()),
    };
    this.#all.set(name, made);
    this.#newest.set(action, made);
    return made.program;
  }

  #forget(): void {
    this.#generation = this.#kernel.generation;
    this.#newest.clear();
    this.#all.clear();
  }

  #make(options: ProgramOptions): Program | null {
    try {
      return this.#kernel.programs.make(options);
    } catch (error) {
      if (error !== PROGRAMS_FULL) throw error;
    }
    // those of all tables are made anew, as they are wanted
    this.#kernel.forget();
    this.#forget();
    try {
      return this.#kernel.programs.make(options);
    } catch (error) {
      if (error !== PROGRAMS_FULL) throw error;
      return null;
    }
  }
}
