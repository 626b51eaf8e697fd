/**
 * Reads an LZ4 frame without checksums and holds it against all that its format wants of one who writes
 * (lz4_Frame_format.md, lz4_Block_format.md): libraries forgive some of that, each something else.
 */
const BLOCK_BYTES = 262_144;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not an LZ4 frame: ${what}`);
}

class Block {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new Error('not an LZ4 frame: a block is cut off');
    this.at += 1;
    return byte;
  }

  length(four: number): number {
    let length = four;
    for (let more = four === 15 ? 255 : 0; more === 255; length += more) more = this.byte();
    return length;
  }

  take(length: number): Buffer {
    must(this.at + length <= this.#bytes.length, 'literals behind the end');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

function readBlock(bytes: Buffer): Buffer {
  const block = new Block(bytes);
  const out = Buffer.alloc(BLOCK_BYTES);
  let length = 0;
  let lastMatchAt = 0;
  for (;;) {
    const token = block.byte();
    const literals = block.length(token >> 4);
    must(length + literals <= BLOCK_BYTES, 'a block is too large');
    block.take(literals).copy(out, length);
    length += literals;
    if (block.isDone) {
      must(lastMatchAt === 0 || (literals >= 5 && length - lastMatchAt >= 12), 'the end of a block');
      return out.subarray(0, length);
    }
    const distance = block.byte() | (block.byte() << 8);
    must(distance > 0 && distance <= length, 'a distance');
    lastMatchAt = length;
    const end = length + 4 + block.length(token & 15);
    must(end <= BLOCK_BYTES, 'a block is too large');
    for (; length < end; length += 1) out[length] = out[length - distance] ?? 0;
  }
}

export function readLz4Frame(frame: Buffer): Buffer {
  must(frame.subarray(0, 7).toString('hex') === '04224d186050fb', 'its head');
  const blocks: Buffer[] = [];
  let at = 7;
  for (;;) {
    const size = frame.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const length = size & 0x7fff_ffff;
    const bytes = frame.subarray(at, at + length);
    must(bytes.length === length, 'a block is cut off');
    blocks.push(size === length ? readBlock(bytes) : bytes);
    at += length;
  }
  must(at === frame.length, 'more behind its end');
  return Buffer.concat(blocks);
}
