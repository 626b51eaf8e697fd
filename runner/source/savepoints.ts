/** Savepoints of a transaction: how many of its rows events came before each. */
export class Savepoints {
  #set: { readonly name: string; readonly count: number }[] = [];

  /** A name that is set again names the later place. */
  set(name: string, count: number): void {
    this.#set = this.#set.filter((savepoint) => savepoint.name !== name);
    this.#set.push({ name, count });
  }

  /** How many stay after ROLLBACK TO; null where there is none of the name. Later savepoints are gone, it stays. */
  back(name: string): number | null {
    const index = this.#set.findIndex((savepoint) => savepoint.name === name);
    const savepoint = this.#set[index];
    if (savepoint === undefined) return null;
    this.#set.length = index + 1;
    return savepoint.count;
  }
}
