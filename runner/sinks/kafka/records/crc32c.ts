/**
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected 0x82F63B78; RFC 3720, appendix B.4): what a record batch is
 * checked by. Eight bytes a step by eight tables. node:zlib has only the CRC-32 of zip files.
 */
const SLICES = 8;
const POLYNOMIAL = 0x82f6_3b78;

const TABLES = ((): Int32Array => {
  const tables = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    tables[byte] = value;
  }
  for (let byte = 0; byte < 256; byte += 1) {
    let value = tables[byte] ?? 0;
    for (let slice = 1; slice < SLICES; slice += 1) {
      value = (tables[value & 0xff] ?? 0) ^ (value >>> 8);
      tables[slice * 256 + byte] = value;
    }
  }
  return tables;
})();

const at = (slice: number, byte: number): number => TABLES[slice * 256 + byte] ?? 0;

/** The checksum of `bytes`, unsigned; `before`: that of the bytes in front of them. */
export function crc32c(bytes: Buffer, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length - (bytes.length % SLICES);
  let crc = ~before;
  let offset = 0;
  for (; offset < whole; offset += SLICES) {
    const low = crc ^ view.getInt32(offset, true);
    const high = view.getInt32(offset + 4, true);
    crc =
      at(7, low & 0xff) ^
      at(6, (low >>> 8) & 0xff) ^
      at(5, (low >>> 16) & 0xff) ^
      at(4, low >>> 24) ^
      at(3, high & 0xff) ^
      at(2, (high >>> 8) & 0xff) ^
      at(1, (high >>> 16) & 0xff) ^
      at(0, high >>> 24);
  }
  for (; offset < bytes.length; offset += 1) crc = at(0, (crc ^ view.getUint8(offset)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}
