/** Tables and the work on them, out of which a stream is recorded. */
export interface TableSet {
  readonly name: string;
  /** What the stream looks like, in a few words. */
  readonly what: string;
  /** How many rows are inserted where nobody says. */
  readonly defaultRows: number;
  /**
   * Tables and procedures in the current database; none of it is in the range. The procedures count what they do
   * in the session's variables @inserted, @updated and @deleted.
   */
  readonly setup: readonly string[];
  /** What makes the events. `rows` is how many rows to insert. */
  work(rows: number): readonly string[];
  /** Emptied after the recording, so that a kept data folder is small. */
  readonly tables: readonly string[];
  /** Patterns for `--tables` that keep one row in a hundred, where the set has such. */
  readonly onePercent: string | null;
}

/** A table of the numbers 0 to 99 under the name `hundred`, to make rows from. */
export const HUNDRED: readonly string[] = [
  'CREATE TABLE hundred (n INT PRIMARY KEY)',
  'INSERT INTO hundred WITH RECURSIVE up (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n < 99) SELECT n FROM up',
];
