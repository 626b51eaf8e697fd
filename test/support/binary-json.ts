/** Writes JSON values in MySQL's binary form, as sql-common/json_binary.cc lays them out; for tests. */
export interface Opaque {
  readonly opaque: number;
  readonly value: Buffer;
}

export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | Opaque
  | readonly JsonInput[]
  | ReadonlyMap<string, JsonInput>;

const le = (size: number, value: number | bigint): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
  return buffer.subarray(0, size);
};

function sized(value: Buffer): Buffer {
  const length: number[] = [];
  let left = value.length;
  while (left > 0x7f) {
    length.push((left & 0x7f) | 0x80);
    left >>>= 7;
  }
  return Buffer.concat([Buffer.from([...length, left]), value]);
}

function integer(value: number | bigint): [number, Buffer] {
  if (value >= -32_768 && value <= 32_767) return [5, le(2, value)];
  if (value >= 0 && value <= 65_535) return [6, le(2, value)];
  if (value >= -2_147_483_648 && value <= 2_147_483_647) return [7, le(4, value)];
  if (value >= 0 && value <= 4_294_967_295) return [8, le(4, value)];
  return BigInt(value) <= 0x7fff_ffff_ffff_ffffn ? [9, le(8, value)] : [10, le(8, value)];
}

function double(value: number): [number, Buffer] {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return [11, buffer];
}

const keyOrder = (a: string, b: string): number =>
  Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));

const isInline = (type: number, large: boolean): boolean =>
  (type >= 4 && type <= 6) || (large && (type === 7 || type === 8));

function container(
  members: [string, JsonInput][] | null,
  items: readonly JsonInput[],
  large: boolean,
): Buffer {
  const width = large ? 4 : 2;
  const keys = members?.map(([key]) => Buffer.from(key)) ?? [];
  const head = 2 * width + keys.length * (width + 2) + items.length * (width + 1);
  let end = head;
  const tail: Buffer[] = [];
  const place = (value: Buffer): Buffer => {
    const offset = le(width, end);
    tail.push(value);
    end += value.length;
    return offset;
  };
  const keyEntries = keys.map((key) => Buffer.concat([place(key), le(2, key.length)]));
  const valueEntries = items.map((item) => {
    const [type, value] = encode(item);
    const inline = isInline(type, large) ? Buffer.concat([value, Buffer.alloc(width - value.length)]) : null;
    return Buffer.concat([Buffer.from([type]), inline ?? place(value)]);
  });
  return Buffer.concat([le(width, items.length), le(width, end), ...keyEntries, ...valueEntries, ...tail]);
}

function fitting(members: [string, JsonInput][] | null, items: readonly JsonInput[]): [boolean, Buffer] {
  const small = items.length <= 0xffff ? container(members, items, false) : null;
  return small !== null && small.length <= 0xffff ? [false, small] : [true, container(members, items, true)];
}

function encode(value: JsonInput): [number, Buffer] {
  if (value === null) return [4, Buffer.from([0])];
  if (typeof value === 'boolean') return [4, Buffer.from([value ? 1 : 2])];
  if (typeof value === 'string') return [12, sized(Buffer.from(value))];
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? integer(value) : double(value);
  if ('opaque' in value) return [15, Buffer.concat([Buffer.from([value.opaque]), sized(value.value)])];
  if (value instanceof Map) {
    const members = [...value].sort(([a], [b]) => keyOrder(a, b));
    const [large, bytes] = fitting(
      members,
      members.map(([, item]) => item),
    );
    return [large ? 1 : 0, bytes];
  }
  const [large, bytes] = fitting(null, value as readonly JsonInput[]);
  return [large ? 3 : 2, bytes];
}

/** A whole document: its type and its value. */
export function binaryJson(value: JsonInput): Buffer {
  const [type, bytes] = encode(value);
  return Buffer.concat([Buffer.from([type]), bytes]);
}
