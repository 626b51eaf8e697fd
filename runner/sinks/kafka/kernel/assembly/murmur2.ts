// MurmurHash2 of a key as Java's producer takes it; ../../records/murmur2.ts is its twin.
const SEED: u32 = 0x9747b28c;
const M: u32 = 0x5bd1e995;

export function murmur2(from: usize, end: usize): u32 {
  const length = <u32>(end - from);
  let hash = SEED ^ length;
  let at = from;
  for (const whole = from + (length & ~3); at < whole; at += 4) {
    let k = load<u32>(at) * M;
    k ^= k >> 24;
    hash = (hash * M) ^ (k * M);
  }
  const left = length & 3;
  if (left > 2) hash ^= <u32>load<u8>(at, 2) << 16;
  if (left > 1) hash ^= <u32>load<u8>(at, 1) << 8;
  if (left > 0) hash = (hash ^ <u32>load<u8>(at)) * M;
  hash ^= hash >> 13;
  hash *= M;
  return hash ^ (hash >> 15);
}
