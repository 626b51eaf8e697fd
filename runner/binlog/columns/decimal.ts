/**
 * DECIMAL(p,s) on the wire: groups of nine decimal digits as big-endian integers of 4 bytes, the leftover
 * digits before and after in 1-4 bytes; sign bit inverted in the first byte, all bytes inverted when negative.
 * MySQL manual, "Fixed-Point Types" storage; server source strings/decimal.cc.
 */
const LEFTOVER_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;
const leftoverBytes = (digits: number): number => LEFTOVER_BYTES[digits] ?? 4;

export function decimalLength(precision: number, scale: number): number {
  const whole = precision - scale;
  return (
    Math.floor(whole / 9) * 4 +
    leftoverBytes(whole % 9) +
    Math.floor(scale / 9) * 4 +
    leftoverBytes(scale % 9)
  );
}

export function readDecimal(buffer: Buffer, at: number, precision: number, scale: number): string {
  const negative = ((buffer[at] ?? 0) & 0x80) === 0;
  const bytes = Buffer.from(buffer.subarray(at, at + decimalLength(precision, scale)));
  bytes[0] = (bytes[0] ?? 0) ^ 0x80;
  if (negative) for (let i = 0; i < bytes.length; i += 1) bytes[i] = ~(bytes[i] ?? 0) & 0xff;
  let offset = 0;
  const group = (digits: number): string => {
    const size = leftoverBytes(digits);
    const text = size === 0 ? '' : String(bytes.readUIntBE(offset, size)).padStart(digits, '0');
    offset += size;
    return text;
  };
  const wholeDigits = precision - scale;
  let whole = group(wholeDigits % 9);
  for (let i = 0; i < Math.floor(wholeDigits / 9); i += 1) whole += group(9);
  let fraction = '';
  for (let i = 0; i < Math.floor(scale / 9); i += 1) fraction += group(9);
  fraction += group(scale % 9);
  whole = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${negative ? '-' : ''}${whole}${scale > 0 ? `.${fraction}` : ''}`;
}
