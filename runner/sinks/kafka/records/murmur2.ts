/**
 * MurmurHash2 of a key as Java's producer takes it (org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c), so
 * that a key has the same partition whoever writes it.
 */
const SEED = 0x9747_b28c | 0;
const M = 0x5bd1_e995;

export function murmur2(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  let hash = SEED ^ length;
  let at = start;
  const whole = start + (length & ~3);
  for (; at < whole; at += 4) {
    const b0 = bytes[at] ?? 0;
    const word =
      b0 | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    let k = Math.imul(word, M);
    k ^= k >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const left = length & 3;
  if (left > 2) hash ^= (bytes[at + 2] ?? 0) << 16;
  if (left > 1) hash ^= (bytes[at + 1] ?? 0) << 8;
  if (left > 0) hash = Math.imul(hash ^ (bytes[at] ?? 0), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key among `count`. */
export function partitionOf(bytes: Buffer, start: number, end: number, count: number): number {
  return (murmur2(bytes, start, end) & 0x7fff_ffff) % count;
}
