// Numbers as ASCII digits. Each function takes where to write and returns where the next byte goes.
import { PAIRS, POWERS, putDoubleOutside, putFloatOutside, putJsonDoubleOutside } from './memory';

@inline
export function put2(to: usize, value: u32): usize {
  store<u16>(to, load<u16>(PAIRS + (value << 1)));
  return to + 2;
}

@inline
export function put4(to: usize, value: u32): usize {
  const high = value / 100;
  store<u16>(to, load<u16>(PAIRS + (high << 1)));
  store<u16>(to, load<u16>(PAIRS + ((value - high * 100) << 1)), 2);
  return to + 4;
}

@inline
export function put8(to: usize, value: u32): usize {
  const high = value / 10000;
  put4(to, high);
  put4(to + 4, value - high * 10000);
  return to + 8;
}

/** `digits` digits, up to 9, of a value that has no more. */
export function putPadded(to: usize, value: u32, digits: u32): usize {
  let place = to + digits;
  let rest = value;
  while (place - to >= 2) {
    const next = rest / 100;
    place -= 2;
    store<u16>(place, load<u16>(PAIRS + ((rest - next * 100) << 1)));
    rest = next;
  }
  if (place > to) store<u8>(to, <u8>(0x30 + rest));
  return to + digits;
}

function digitsOf(value: u32): u32 {
  if (value < 10000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1000 ? 3 : 4;
  }
  if (value < 1000000) return value < 100000 ? 5 : 6;
  if (value < 100000000) return value < 10000000 ? 7 : 8;
  return value < 1000000000 ? 9 : 10;
}

export function putU32(to: usize, value: u32): usize {
  const end = to + digitsOf(value);
  let place = end;
  let rest = value;
  while (rest >= 100) {
    const next = rest / 100;
    place -= 2;
    store<u16>(place, load<u16>(PAIRS + ((rest - next * 100) << 1)));
    rest = next;
  }
  if (rest >= 10) store<u16>(place - 2, load<u16>(PAIRS + (rest << 1)));
  else store<u8>(place - 1, <u8>(0x30 + rest));
  return end;
}

export function putU64(to: usize, value: u64): usize {
  if (value <= 0xffff_ffff) return putU32(to, <u32>value);
  const high = value / 100000000;
  const at = putU64(to, high);
  return put8(at, <u32>(value - high * 100000000));
}

export function putI32(to: usize, value: i32): usize {
  if (value >= 0) return putU32(to, <u32>value);
  store<u8>(to, 0x2d);
  return putU32(to + 1, 0 - <u32>value);
}

export function putI64(to: usize, value: i64): usize {
  if (value >= 0) return putU64(to, <u64>value);
  store<u8>(to, 0x2d);
  return putU64(to + 1, 0 - <u64>value);
}

/** Digits behind the point that are tried. */
const DOUBLE_PLACES: u32 = 6;
const FLOAT_PLACES: u32 = 8;

/**
 * `whole / 10^places` of a value that is exactly that and has no fewer places; 0 where it is no such value. `whole` is
 * exact, so is the power, so the division is what reading the text gives.
 *
 * Of a double a decimal of up to 15 digits that reads back is the only one, and the shortest: others of so few digits read
 * otherwise. Of a float the nearest decimal of so many places is taken, as long as floats lie as wide apart above it as
 * below. There the division is rounded twice, which does no harm: a decimal of up to 9 digits and 8 places that is not
 * half-way between two floats is further from there than half a unit of a double.
 */
function putShort(to: usize, value: f64, limit: f64, placesMax: u32, single: bool): usize {
  const size = Math.abs(value);
  for (let places: u32 = 1; places <= placesMax; places++) {
    const power = load<f64>(POWERS + (places << 3));
    // of a float the product is exact, and of two that are as near the larger is taken
    const whole = single ? floor(size * power + 0.5) : nearest(size * power);
    if (!(whole < limit)) return 0;
    const back = whole / power;
    if (single ? <f64>(<f32>back) != size : back != size) continue;
    let at = to;
    if (value < 0) store<u8>(at++, 0x2d);
    const digits = <u64>whole;
    const unit = <u64>power;
    const integer = digits / unit;
    at = putU64(at, integer);
    store<u8>(at++, 0x2e);
    return putPadded(at, <u32>(digits - integer * unit), places);
  }
  return 0;
}

const DOUBLE_LIMIT: f64 = 1e15;
/** Whole floats up to here have each a text of their own. */
const FLOAT_WHOLE_MAX: f64 = 16777216;
const FLOAT_LIMIT: f64 = 1e9;
/** Below it a text has an exponent. */
const FLOAT_MIN: f64 = 1e-6;
const FLOAT_FRACTION: u32 = 0x7f_ffff;

/** -0.0 keeps its sign and its point. */
@inline
function isNegativeZero(value: f64): bool {
  return value == 0 && reinterpret<i64>(value) < 0;
}

export function putDouble(to: usize, value: f64): usize {
  if (isNegativeZero(value)) return putDoubleOutside(value, to);
  if (Math.abs(value) < DOUBLE_LIMIT) {
    if (trunc(value) == value) return putI64(to, <i64>value);
    const at = putShort(to, value, DOUBLE_LIMIT, DOUBLE_PLACES, false);
    if (at != 0) return at;
  }
  return putDoubleOutside(value, to);
}

export function putFloat(to: usize, value: f64): usize {
  if (isNegativeZero(value)) return putFloatOutside(value, to);
  const size = Math.abs(value);
  if (size <= FLOAT_WHOLE_MAX) {
    if (trunc(value) == value) return putI64(to, <i64>value);
    // at a power of two floats lie wider apart above than below
    const isPower = (reinterpret<u32>(<f32>value) & FLOAT_FRACTION) == 0;
    const at = size < FLOAT_MIN || isPower ? 0 : putShort(to, value, FLOAT_LIMIT, FLOAT_PLACES, true);
    if (at != 0) return at;
  }
  return putFloatOutside(value, to);
}

/** Inside a JSON document a whole number has a point. */
export function putJsonDouble(to: usize, value: f64): usize {
  if (Math.abs(value) < 1e9 && !isNegativeZero(value)) {
    if (trunc(value) == value) {
      const at = putI64(to, <i64>value);
      store<u16>(at, 0x302e);
      return at + 2;
    }
    const at = putShort(to, value, DOUBLE_LIMIT, DOUBLE_PLACES, false);
    if (at != 0) return at;
  }
  return putJsonDoubleOutside(value, to);
}
