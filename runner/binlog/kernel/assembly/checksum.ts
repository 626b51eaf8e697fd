// The checksums of many events by one CRC-32 over all of them. Behind an event with its own CRC-32 the register of a sound
// stream is known: RESIDUE where it began with ONES, and what it began with else adds a term that the event's length moves
// on, since CRC is linear. So what one pass over all bytes must come to follows from the lengths alone.
import { FAR_SHIFTS, SHIFTS } from './memory';

const POLYNOMIAL: u32 = 0xedb8_8320;
const ONES: u32 = 0xffff_ffff;
const RESIDUE: u32 = 0xdebb_20e3;
const NEAR: u32 = 8192;
const FAR: u32 = 256;

/** The product of two polynomials modulo that of CRC-32, bits reflected. */
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

/** Fills the tables that `shifted` reads. */
export function makeShifts(): void {
  // x^0 is the highest bit, x^8 eight below
  const byte: u32 = 0x0080_0000;
  let power: u32 = 0x8000_0000;
  for (let n: u32 = 0; n < NEAR; n++) {
    store<u32>(SHIFTS + (n << 2), power);
    power = multiply(power, byte);
  }
  const far = power;
  power = 0x8000_0000;
  for (let n: u32 = 0; n < FAR; n++) {
    store<u32>(FAR_SHIFTS + (n << 2), power);
    power = multiply(power, far);
  }
}

/** The register behind `length` zeros. */
function shifted(register: u32, length: u32): u32 {
  if (register == 0) return 0;
  const near = multiply(load<u32>(SHIFTS + ((length & (NEAR - 1)) << 2)), register);
  return length < NEAR ? near : multiply(load<u32>(FAR_SHIFTS + ((length >> 13) << 2)), near);
}

/** What the register must be behind an event of `length` bytes that it enters with `register`. */
@inline
export function behindEvent(register: u32, length: u32): u32 {
  return RESIDUE ^ shifted(register ^ ONES, length);
}
