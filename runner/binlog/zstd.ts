/**
 * zstd decompression in pieces, synchronously. node:zlib has a synchronous form that holds the whole output, and
 * a streaming form that is asynchronous; a compressed transaction can be many times the memory that a runner has.
 * So large ones use the native handle behind node's own stream, as node's synchronous form does: `writeSync` and
 * the two counters it leaves. Both are checked for; without them, large ones are held whole.
 */
import { constants, createZstdDecompress, zstdDecompressSync } from 'node:zlib';

/** Up to here the output is made at once. */
const WHOLE_BYTES_MAX = 1_048_576;
const CHUNK_BYTES = 262_144;

type WriteSync = (
  flush: number,
  input: Buffer,
  inputOffset: number,
  inputLength: number,
  output: Buffer,
  outputOffset: number,
  outputLength: number,
) => void;

interface Handle {
  readonly writeSync: WriteSync;
  /** [0]: bytes of the output not used; [1]: bytes of the input not used. */
  readonly state: Uint32Array;
  /** Set when the native side reports an error; the handle is of no use after. */
  failure(): Error | null;
  close(): void;
}

function openHandle(): Handle | null {
  const stream = createZstdDecompress();
  const native: unknown = Reflect.get(stream, '_handle');
  const state: unknown = Reflect.get(stream, '_writeState');
  const writeSync: unknown =
    typeof native === 'object' && native !== null && Reflect.get(native, 'writeSync');
  if (typeof native !== 'object' || native === null || typeof writeSync !== 'function') return null;
  if (!(state instanceof Uint32Array)) return null;
  let failure: Error | null = null;
  Reflect.set(native, 'onerror', (message: string) => {
    failure = new Error(message);
  });
  return {
    writeSync: (...args) => void Reflect.apply(writeSync, native, args),
    state,
    failure: () => failure,
    close: () => stream.destroy(),
  };
}

/** Output in new buffers of at most CHUNK_BYTES. Ends early where the input does; throws on damaged input. */
function* inflate(handle: Handle, input: Buffer): Generator<Buffer> {
  let left = input.length;
  for (;;) {
    const output = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const before = left;
    handle.writeSync(constants.ZSTD_e_continue, input, input.length - left, left, output, 0, CHUNK_BYTES);
    const failure = handle.failure();
    if (failure !== null) throw failure;
    const made = CHUNK_BYTES - (handle.state[0] ?? CHUNK_BYTES);
    left = handle.state[1] ?? 0;
    if (made > 0) yield output.subarray(0, made);
    if (made < CHUNK_BYTES && (left === 0 || (made === 0 && left === before))) return;
  }
}

/**
 * The decompressed bytes, in chunks that stay valid. `size` is what the event says the output has: a bound, and
 * where it is small the output comes at once. Throws zlib's error on damaged input; the caller checks the size.
 */
export function* zstdChunks(input: Buffer, size: number): Generator<Buffer> {
  const whole = size <= WHOLE_BYTES_MAX ? decompressWhole(input, size) : null;
  const handle = whole?.length === size ? null : openHandle();
  if (handle === null) {
    yield whole ?? decompressWhole(input, size);
    return;
  }
  try {
    yield* inflate(handle, input);
  } finally {
    handle.close();
  }
}

/** Only the first frame: node's synchronous form leaves out those behind it. */
function decompressWhole(input: Buffer, size: number): Buffer {
  return zstdDecompressSync(input, { maxOutputLength: Math.max(size, 1) });
}
