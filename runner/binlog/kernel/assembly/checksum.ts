// The checksums of many events by one CRC-32 over all of them. Behind an event with its own CRC-32 the register of a sound
// stream is known: RESIDUE where it began with ONES. What it begins with else adds a term that the event's length moves on,
// since CRC is linear: x^(8 length) times the difference, modulo the polynomial. So each event that ends at e adds
// (RESIDUE ^ ONES) x^(8 (end - e)) to what one pass over all bytes up to `end` leaves: that follows from the lengths alone.
import { FAR_SHIFTS, NEAR_SHIFTS } from './memory';

const POLYNOMIAL: u32 = 0xedb8_8320;
const ONES: u32 = 0xffff_ffff;
const RESIDUE: u32 = 0xdebb_20e3;
const NEAR_BITS: u32 = 13;
const NEAR: u32 = 1 << NEAR_BITS;
const FAR: u32 = 256;
/** x^0: bits are reflected. */
const ONE: u32 = 0x8000_0000;

/** The product of two polynomials modulo that of CRC-32. */
function multiply(a: u32, b: u32): u32 {
  let product: u32 = 0;
  let left = a;
  let right = b;
  while (left != 0) {
    product ^= right & (0 - (left >> 31));
    left <<= 1;
    right = (right >> 1) ^ (POLYNOMIAL & (0 - (right & 1)));
  }
  return product;
}

/** Divided by x^8. */
function back(value: u32): u32 {
  let result = value;
  for (let bit = 0; bit < 8; bit++) {
    result = (result & ONE) == 0 ? result << 1 : ((result ^ POLYNOMIAL) << 1) | 1;
  }
  return result;
}

/** Powers from 0 up, each `step` times the one before. */
function makePowers(to: usize, count: u32, step: u32): u32 {
  let power = ONE;
  for (let n: u32 = 0; n < count; n++) {
    store<u32>(to + (n << 2), power);
    power = multiply(power, step);
  }
  return power;
}

/** Fills the tables: x^(-8n), n below NEAR, and x^(-8 NEAR n), n below FAR. */
export function makeShifts(): void {
  const near = makePowers(NEAR_SHIFTS, NEAR, back(ONE));
  makePowers(FAR_SHIFTS, FAR, near);
}

/** The sum of x^(-8e) of the ends that were seen. */
abstract class Sum {
  static total: u32 = 0;
  /** Of those in the same NEAR bytes, not yet multiplied by where these are. */
  static part: u32 = 0;
  static place: u32 = 0;
}

export function beginSum(): void {
  Sum.total = 0;
  Sum.part = 0;
  Sum.place = 0;
}

function flush(): void {
  Sum.total ^= multiply(load<u32>(FAR_SHIFTS + (Sum.place << 2)), Sum.part);
  Sum.part = 0;
}

/** An event ends so many bytes behind the first one's start. */
@inline
export function addEnd(end: u32): void {
  const place = end >> NEAR_BITS;
  if (place != Sum.place) {
    flush();
    Sum.place = place;
  }
  Sum.part ^= load<u32>(NEAR_SHIFTS + ((end & (NEAR - 1)) << 2));
}

/** x^(8n), by squares. */
function power(n: u32): u32 {
  let result = ONE;
  let left = n;
  let square: u32 = ONE >> 8;
  while (left != 0) {
    if ((left & 1) != 0) result = multiply(result, square);
    square = multiply(square, square);
    left >>= 1;
  }
  return result;
}

/** What CRC-32 over all of them, `end` bytes, must give. */
export function wantedChecksum(end: u32): u32 {
  flush();
  return ~(ONES ^ multiply(RESIDUE ^ ONES, multiply(power(end), Sum.total)));
}
