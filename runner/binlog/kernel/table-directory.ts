/** What the kernel knows of tables by their ids, so that it can walk through their events alone; see assembly/tables.ts. */
import type { RowsEvent, TableMap } from '../event.ts';
import type { KernelMemory } from './kernel-memory.ts';
import type { Program } from './program.ts';

const DIRECTORY_AT = 65_536;
const SLOTS = 16_384;
const HASH = 0x9e37_79b1 | 0;
const HASH_SHIFT = 18;
const PROBES = 16;
const TABLE_BYTES = 36;
const PROGRAM_BYTES = 16 + 64;
/** Row images of one table and kind: with MINIMAL images each set of changed columns has its own. */
const IMAGES_MAX = 32;
/** Of a program's words. */
const TOPIC_WORD = 14;
const ACTIONS = ['insert', 'update', 'delete'] as const;
/** Of a row that was left to JavaScript; see assembly/tables.ts. */
const PENALTY = 64;
const PENALTY_WORD = 5;

const STAMP_WORD = 4;

interface Known {
  readonly map: TableMap;
  readonly at: number;
  readonly images: Set<string>;
}

export class TableDirectory {
  readonly #memory: KernelMemory;
  #known = new Map<TableMap, Known>();
  /** By the place of the table's entry. */
  #places = new Map<number, Known>();
  #isFull: boolean = false;

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  /** There was no room for a table. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Nothing is known: a schema or the filter has changed, or the memory is given to others. */
  clear(): void {
    this.#isFull = false;
    if (this.#known.size === 0) return;
    this.#known = new Map();
    this.#places = new Map();
    this.#memory.words.fill(0, DIRECTORY_AT / 4, DIRECTORY_AT / 4 + SLOTS);
  }

  /** The rows of this table are not wanted. */
  drop(map: TableMap): void {
    if (!this.#known.has(map)) this.#add(map, true);
  }

  /** Rows events of this kind and these columns are written by this program, to this topic. */
  learn(event: RowsEvent, program: Program, topic: number): void {
    const { map, action, present, presentAfter, columnCount } = event;
    const known = this.#known.get(map) ?? this.#add(map, false);
    const name = `${action} ${present.toString('latin1')}${presentAfter.toString('latin1')}`;
    if (known === null || known.images.has(name) || known.images.size >= IMAGES_MAX) return;
    const bitmaps = Buffer.concat([present, presentAfter]);
    const bitmapsAt = this.#allocate(bitmaps.length);
    const at = this.#allocate(PROGRAM_BYTES);
    if (bitmapsAt === null || at === null) return;
    this.#memory.bytes.set(bitmaps, bitmapsAt);
    const { words } = this.#memory;
    const first = known.at / 4 + 6 + ACTIONS.indexOf(action);
    words.set([words[first] ?? 0, bitmapsAt, bitmaps.length, columnCount], at / 4);
    words.set(program.words, at / 4 + 4);
    words[at / 4 + 4 + TOPIC_WORD] = topic;
    words[first] = at;
    known.images.add(name);
  }

  /** The map with this id, if the kernel passed it in the transaction of this stamp. */
  named(tableId: number, stamp: number): TableMap | null {
    const { words } = this.#memory;
    const at = words[this.#slotOf(tableId)] ?? 0;
    const known = this.#places.get(at);
    const isNamed = known?.map.tableId === tableId && words[at / 4 + STAMP_WORD] === stamp;
    return isNamed ? known.map : null;
  }

  /** A row of the table at this place was left to JavaScript: with too many the whole table is, for a while. */
  penalize(tableAt: number): void {
    const { words } = this.#memory;
    const at = tableAt / 4 + PENALTY_WORD;
    if (tableAt !== 0) words[at] = (words[at] ?? 0) + PENALTY;
  }

  #add(map: TableMap, isDropped: boolean): Known | null {
    if (map.tableId >= 2 ** 32) return null;
    const body = this.#allocate(map.bytes.length);
    const at = this.#allocate(TABLE_BYTES);
    if (body === null || at === null) return null;
    this.#memory.bytes.set(map.bytes, body);
    const { words } = this.#memory;
    words.set([map.tableId, body, map.bytes.length, isDropped ? 1 : 0, 0, 0, 0, 0, 0], at / 4);
    words[this.#slotOf(map.tableId)] = at;
    const known = { map, at, images: new Set<string>() };
    this.#known.set(map, known);
    this.#places.set(at, known);
    return known;
  }

  #allocate(size: number): number | null {
    const at = this.#memory.allocate(size);
    if (at === null) this.#isFull = true;
    return at;
  }

  /** The word of the directory that the table with this id has, or would have. */
  #slotOf(tableId: number): number {
    const { words } = this.#memory;
    const first = Math.imul(tableId, HASH) >>> HASH_SHIFT;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const slot = DIRECTORY_AT / 4 + ((first + probe) % SLOTS);
      const at = words[slot] ?? 0;
      if (at === 0 || words[at / 4] === tableId) return slot;
    }
    return DIRECTORY_AT / 4 + first;
  }
}
