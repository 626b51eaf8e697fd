/** Attribute values. Large JSON is kept as zstd: an item may have 400 KB, and is paid for by the KB. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { CdcError } from '../errors.ts';

export type Item = Record<string, AttributeValue>;

/** What a value may have of the 400 KB, keys and the other attributes taken off. */
export const VALUE_BYTES_MAX = 380_000;
const PLAIN_BYTES_MAX = 16_384;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const textOf = (item: Item, name: string): string => item[name]?.S ?? '';
export const numberOf = (item: Item, name: string): number => Number(item[name]?.N ?? 0);

/** `value` as JSON. CDC_ITEM_TOO_LARGE. */
export function json(value: unknown): AttributeValue {
  const plain = JSON.stringify(value);
  if (plain.length <= PLAIN_BYTES_MAX) return text(plain);
  const packed = zstdCompressSync(plain);
  if (packed.length <= VALUE_BYTES_MAX) return { B: packed };
  const message = `${packed.length} bytes, compressed, are more than an item of DynamoDB may have`;
  throw new CdcError('CDC_ITEM_TOO_LARGE', message);
}

/** What `json` was given; null where the attribute is absent. */
export function jsonOf(item: Item, name: string): unknown {
  const value = item[name];
  if (value?.S !== undefined) return JSON.parse(value.S);
  return value?.B === undefined ? null : JSON.parse(zstdDecompressSync(value.B).toString('utf8'));
}
