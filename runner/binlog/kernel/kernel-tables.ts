/** The tables that the kernel reads at fixed places; see assembly/memory.ts. */
import type { KernelMemory } from './kernel-memory.ts';

const PAIRS_AT = 2048;
const BASE64_AT = 2304;
const HEX_AT = 2368;
const SHORT_AT = 2384;
const POWERS_AT = 2432;

const SHORT_ESCAPES: readonly (readonly [number, string])[] = [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
];

export function writeKernelTables({ bytes, view }: KernelMemory): void {
  for (let pair = 0; pair < 100; pair += 1)
    bytes.write(String(pair).padStart(2, '0'), PAIRS_AT + 2 * pair, 'latin1');
  bytes.write('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', BASE64_AT, 'latin1');
  bytes.write('0123456789abcdef', HEX_AT, 'latin1');
  for (const [code, letter] of SHORT_ESCAPES) bytes.write(letter, SHORT_AT + code, 'latin1');
  for (let digits = 0; digits < 10; digits += 1) view.setFloat64(POWERS_AT + 8 * digits, 10 ** digits, true);
}
