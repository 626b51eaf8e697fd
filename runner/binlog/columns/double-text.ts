/**
 * A double as the server writes it into JSON text (strings/dtoa.cc, my_gcvt): the shortest digits that read back,
 * plain while the point is not far from them, a point or an exponent always there. MySQL 5.7 writes whole numbers
 * without the `.0`; the value is the same.
 */
const POINT_MIN = -14;
const POINT_MAX = 15;

export function doubleJsonText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('.', '');
  /** Digits before the decimal point; negative: zeros behind it. */
  const point = Number(exponent) + 1;
  if (point < POINT_MIN || (point > POINT_MAX && digits.length <= point)) {
    return `${sign}${mantissa}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits.padEnd(point, '0')}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
