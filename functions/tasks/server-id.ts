import { createHash } from 'node:crypto';

/** People number their servers from 1 and rarely above 2^31; the last id of all is kept free. */
const FIRST = 2 ** 31;
const COUNT = 2 ** 31 - 1;

/**
 * A replica server id in the upper half of the 32 bits. Of 10,000 tasks at one server two share theirs with a chance of
 * 2 in 100; one of them is then refused (CDC_SERVER_ID_TAKEN) and takes another id. To look at all other tasks first
 * would cost each creation more than that is worth.
 */
export function serverIdFor(taskId: string, random: () => number): number {
  const bytes = createHash('sha256').update(`${taskId}\n${random()}`).digest();
  return FIRST + (bytes.readUInt32BE(0) % COUNT);
}
