// LZ4 frames (github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md) of independent blocks of 256 KiB, which
// every reader of Kafka's takes:
//
//   magic 0x184D2204, FLG 0x60 (version 1, independent blocks, no checksums), BD 0x50 (256 KiB), HC (of these two),
//   then per block its size (top bit: not compressed) and its bytes, then a size of 0
//
// A block is sequences of a token (four bits each: literals, match length - 4; 15: more bytes follow), the literals, and
// the match's distance in 16 bits. Its last 5 bytes are literals, and its last match begins 12 bytes before its end.
//
// Matches are looked for by a hash of six bytes, as in LZ4's own fast mode. Records of one table differ from each other
// in values of a few bytes, so behind a match the same distance is tried eight bytes on before anything is hashed.
import { LZ4_TABLE } from './memory';

const BLOCK_BYTES: usize = 262_144;
const NOT_COMPRESSED: u32 = 0x8000_0000;
const TABLE_BITS: u64 = 12;
const PRIME: u64 = 0x9e37_79b1_85eb_ca87;
/** Of literals in a row after which each step of the search is a byte longer, as a power of two. */
const PATIENCE: u32 = 4;
/** Behind the last match: more than the format wants, so that whole vectors can be read. */
const END_BYTES: usize = 16;
const LITERALS_AT_END: usize = 5;

@inline
function placeOf(six: u64): usize {
  return LZ4_TABLE + (<usize>(((six << 16) * PRIME) >> (64 - TABLE_BITS)) << 1);
}

@inline
function putLength(to: usize, length: u32): usize {
  let at = to;
  let rest = length;
  for (; rest >= 255; rest -= 255) store<u8>(at++, 255);
  store<u8>(at, rest);
  return at + 1;
}

/** Token and literals [from, end); up to 15 bytes too much are written. */
@inline
function putLiterals(from: usize, end: usize, token: usize): usize {
  const length = <u32>(end - from);
  let at = token + 1;
  if (length < 15) {
    store<u8>(token, length << 4);
    v128.store(at, v128.load(from));
    return at + length;
  }
  store<u8>(token, 0xf0);
  at = putLength(at, length - 15);
  const behind = at + length;
  for (let source = from; source < end; source += 16, at += 16) v128.store(at, v128.load(source));
  return behind;
}

/** Where the bytes from `at` stop being those `distance` in front of them. */
@inline
function endOfMatch(at: usize, distance: usize, limit: usize): usize {
  let end = at;
  for (; end + 8 <= limit; end += 8) {
    const other = load<u64>(end) ^ load<u64>(end - distance);
    if (other != 0) return end + <usize>(ctz(other) >> 3);
  }
  while (end < limit && load<u8>(end) == load<u8>(end - distance)) end++;
  return end;
}

/** One block; up to 15 bytes behind it are read, and behind what is written written. */
function putBlock(from: usize, end: usize, to: usize): usize {
  memory.fill(LZ4_TABLE, 0, 2 << <usize>TABLE_BITS);
  const lastStart = end - END_BYTES;
  const limit = end - LITERALS_AT_END;
  let at = from + 1;
  let literals = from;
  let out = to;
  while (end - from > END_BYTES) {
    let distance: usize = 0;
    let tries: u32 = 1 << PATIENCE;
    let found = false;
    for (; at <= lastStart; at += tries++ >> PATIENCE) {
      const bytes = load<u64>(at);
      const place = placeOf(bytes);
      distance = (at - <usize>load<u16>(place)) & 0xffff;
      store<u16>(place, <u16>at);
      // whatever the table holds: what counts is that the bytes are the same. A distance of 0 is out of range here.
      if (distance - 1 < at - from && load<u32>(at - distance) == <u32>bytes) {
        found = true;
        break;
      }
    }
    if (!found) break;
    let start = at;
    while (start > literals && start - distance > from && load<u8>(start - 1) == load<u8>(start - 1 - distance)) start--;
    at += 4;
    while (true) {
      const token = out;
      out = putLiterals(literals, start, token);
      store<u16>(out, <u16>distance);
      out += 2;
      at = endOfMatch(at, distance, limit);
      const length = <u32>(at - start) - 4;
      store<u8>(token, <u32>load<u8>(token) | min<u32>(length, 15));
      if (length >= 15) out = putLength(out, length - 15);
      literals = at;
      if (at + 16 > lastStart || load<u64>(at, 8) != load<u64>(at + 8 - distance)) break;
      const other = load<u64>(at) ^ load<u64>(at - distance);
      start = at + 8 - <usize>(clz(other) >> 3);
      at += 16;
    }
    if (at > lastStart) break;
    store<u16>(placeOf(load<u64>(at - 2)), <u16>(at - 2));
  }
  return putLiterals(literals, end, out);
}

/** The frame of the bytes [from, end); where it ends. `to` has room for them and a 200th more, and 64 bytes. */
export function lz4Frame(from: usize, end: usize, to: usize): usize {
  store<u32>(to, 0x184d_2204);
  store<u16>(to, 0x5060, 4);
  store<u8>(to, 0xfb, 6);
  let out = to + 7;
  for (let at = from; at < end; ) {
    const behind = min<usize>(at + BLOCK_BYTES, end);
    const size = <u32>(behind - at);
    const packed = <u32>(putBlock(at, behind, out + 4) - out - 4);
    if (packed < size) {
      store<u32>(out, packed);
      out += 4 + packed;
    } else {
      store<u32>(out, size | NOT_COMPRESSED);
      memory.copy(out + 4, at, size);
      out += 4 + size;
    }
    at = behind;
  }
  store<u32>(out, 0);
  return out + 4;
}
