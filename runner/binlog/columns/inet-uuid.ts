/**
 * MariaDB's INET4, INET6 and UUID. On the wire they are BINARY(4) and BINARY(16), trailing zero bytes cut off: the
 * address in network order; the UUID in the order of its text (plugin/type_uuid/sql_type_uuid.h: not as stored).
 */
import type { ColumnShape } from '../table-shape.ts';
import { padded } from './blob.ts';
import { type ReadValue, viewSized } from './cursor.ts';
import { lengthBytes } from './sizes.ts';

const INET6_GROUPS = 8;

const inet4Text = (bytes: Uint8Array): string => bytes.join('.');

/** The first longest run of zero groups; unlike RFC 5952 also a single one. */
function longestGap(groups: readonly number[]): { readonly from: number; readonly length: number } {
  let gap = { from: -1, length: 0 };
  let from = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) from = index + 1;
    else if (index + 1 - from > gap.length) gap = { from, length: index + 1 - from };
  }
  return gap;
}

/** The server's canonical text (Inet6::to_string): an IPv4-compatible or -mapped address ends in dotted form. */
export function inet6Text(bytes: Buffer): string {
  const groups = Array.from({ length: INET6_GROUPS }, (_item, index) => bytes.readUInt16BE(2 * index));
  const gap = longestGap(groups);
  if (gap.length === 0) return groups.map((group) => group.toString(16)).join(':');
  const tail = groups.slice(gap.from + gap.length).map((group) => group.toString(16));
  const head = groups.slice(0, gap.from).map((group) => group.toString(16));
  const holdsIpv4 = gap.from === 0 && (gap.length === 6 || (gap.length === 5 && groups[5] === 0xffff));
  if (holdsIpv4) tail.splice(-2, 2, inet4Text(bytes.subarray(12)));
  return `${head.join(':')}::${tail.join(':')}`;
}

export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  const part = (from: number, to: number): string => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
}

const TEXT = { inet4: inet4Text, inet6: inet6Text, uuid: uuidText } as const;

export function addressReader(kind: keyof typeof TEXT, column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  const text = TEXT[kind];
  return (c) => text(padded(viewSized(c, size), column.length));
}
