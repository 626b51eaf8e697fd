import fc from 'fast-check';

/** Draws values of arbitraries one after the other, all from one seed. */
export class Chance {
  readonly draw: <T>(arbitrary: fc.Arbitrary<T>) => T;

  constructor(draw: <T>(arbitrary: fc.Arbitrary<T>) => T) {
    this.draw = draw;
  }

  /** Both ends can come. */
  int(min: number, max: number): number {
    return this.draw(fc.integer({ min, max }));
  }

  /** true in so many of a hundred cases. */
  percent(percent: number): boolean {
    return this.int(0, 99) < percent;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.int(0, list.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Some of the list, in its order; at least one. */
  some<T>(list: readonly T[]): T[] {
    const found = list.filter(() => this.percent(50));
    return found.length > 0 ? found : [this.pick(list)];
  }

  list<T>(min: number, max: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.int(min, max) }, (_item, index) => make(index));
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => this.int(0, 9)).join('');
  }
}

/** What `make` builds of so a seed: the same at every call. */
export function fromSeed<T>(seed: number, make: (chance: Chance) => T): T {
  const values = fc.gen().map((g) => make(new Chance((arbitrary) => g(() => arbitrary))));
  const [value] = fc.sample(values, { seed, numRuns: 1 });
  if (value === undefined) throw new Error('fast-check gave nothing');
  return value;
}
