/** What a format puts behind the images of a row, in a form that the kernel follows by itself: texts and fields in turn. */
import type { KernelMemory } from './kernel-memory.ts';

/** Numbers as the kernel has them (assembly/tails.ts). A GTID comes with its quotes; what is not known is `null`. */
export const TAIL_FIELD = {
  none: 0,
  timestamp: 1,
  logPos: 2,
  gtid: 3,
  commitUs: 4,
  /** 13 digits. */
  paddedLogPos: 5,
} as const;

export type TailPart = readonly [text: string, field: keyof typeof TAIL_FIELD];

/** Up to the row's number, and from behind it up to where the number stands once more, in 7 digits. */
export interface TailTemplate {
  readonly before: readonly TailPart[];
  readonly behind: readonly TailPart[];
}

const TEMPLATE_AT = 6144;
const PARTS_MAX = 64;
const TEXTS_AT = 32_768;
const TEXTS_BYTES = 8_192;
/** Of a GTID, the largest field. */
const FIELD_BYTES = 64;
/** Sixteen bytes are read at once. */
const MARGIN = 16;

/** Puts it where the kernel reads it; false where it is too large. */
export function writeTemplate({ bytes, words }: KernelMemory, { before, behind }: TailTemplate): boolean {
  const parts = [...before, ...behind];
  const sizes = parts.map(([text]) => Buffer.byteLength(text));
  const total = sizes.reduce((sum, size) => sum + size + FIELD_BYTES, 0);
  if (parts.length > PARTS_MAX || total + MARGIN > TEXTS_BYTES) return false;
  let at = TEXTS_AT;
  for (const [index, [text, field]] of parts.entries()) {
    const length = bytes.write(text, at);
    words.set([at, length, TAIL_FIELD[field]], TEMPLATE_AT / 4 + 3 * index);
    at += length;
  }
  return true;
}
