import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 262_144;

/**
 * A file in chunks, one read ahead. A chunk holds until the next one is asked for: its memory is used again, since new
 * memory for each would cost more than reading it.
 */
export async function* fileChunks(path: string): AsyncGenerator<Buffer, void> {
  const file = await open(path, 'r');
  let reading: Promise<Buffer> | null = null;
  try {
    const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] as const;
    reading = readInto(file, buffers[0]);
    for (let turn = 1; ; turn += 1) {
      const chunk: Buffer = await reading;
      if (chunk.length === 0) return;
      reading = readInto(file, buffers[turn % 2 === 0 ? 0 : 1]);
      yield chunk;
    }
  } finally {
    await reading?.catch(() => undefined);
    await file.close();
  }
}

async function readInto(file: FileHandle, buffer: Buffer): Promise<Buffer> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
  return buffer.subarray(0, bytesRead);
}
