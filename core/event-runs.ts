/**
 * Runs of binlog events: whole events back to back, header and checksum included, as a file has them. Sources hand them on
 * so, since what reads many events at once need not have an object for each.
 */

/** Where the size of an event stands in its header, little-endian. */
const SIZE_OFFSET = 9;

/** The events of runs one by one, as views. */
export function* eachEvent(runs: readonly Buffer[]): Generator<Buffer, void> {
  for (const run of runs) {
    for (let at = 0; at < run.length; ) {
      const end = at + run.readUInt32LE(at + SIZE_OFFSET);
      yield at === 0 && end === run.length ? run : run.subarray(at, end);
      at = end;
    }
  }
}
