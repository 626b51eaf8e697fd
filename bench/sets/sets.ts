import { many } from './many.ts';
import { orders } from './orders.ts';
import { shapes } from './shapes.ts';
import type { TableSet } from './table-set.ts';

export const TABLE_SETS: readonly TableSet[] = [orders, ...shapes, many];

export function findTableSet(name: string): TableSet | undefined {
  return TABLE_SETS.find((set) => set.name === name);
}
