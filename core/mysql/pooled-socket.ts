/**
 * A socket that reads into buffers which are used again, past Node's streams: a dump brings gigabytes, and new memory for
 * each of its chunks would cost as much as reading it (net.connect, option `onread`).
 */
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

const CHUNK_BYTES = 262_144;
/** Less is copied out, so that little never holds much. */
const SMALL_BYTES = 16_384;
/** Read ahead of the reader, one at work, one that is being read into. */
const SPARE_CHUNKS = 6;

/** Gets a chunk; false: nothing more is to be read until the socket is resumed. The chunk is the reader's until it is given back. */
export type OnChunk = (chunk: Buffer) => boolean;

export interface PooledSocket {
  readonly socket: Socket;
  /** From here on what is read goes there; before, it comes as `data` events as on every socket. */
  takeOver(onChunk: OnChunk): void;
  /** The memory of a chunk may be used again. */
  giveBack(chunk: Buffer): void;
}

/** Connects. */
export function pooledSocket(options: TcpNetConnectOpts): PooledSocket {
  const spare: ArrayBuffer[] = [];
  let current = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** The chunk that was read last is the reader's. */
  let isGiven: boolean = false;
  let onChunk: OnChunk | null = null;
  const socket: Socket = connect({
    ...options,
    onread: {
      buffer: () => {
        if (!isGiven) return current;
        isGiven = false;
        const memory = spare.pop();
        current = memory === undefined ? Buffer.allocUnsafeSlow(CHUNK_BYTES) : Buffer.from(memory);
        return current;
      },
      callback: (length) => {
        const chunk = current.subarray(0, length);
        if (onChunk === null) {
          socket.emit('data', Buffer.from(chunk));
          return true;
        }
        isGiven = length >= SMALL_BYTES;
        return onChunk(isGiven ? chunk : Buffer.from(chunk));
      },
    },
  });
  return {
    socket,
    takeOver: (next) => {
      onChunk = next;
    },
    giveBack: ({ buffer }) => {
      const isOurs = buffer instanceof ArrayBuffer && buffer.byteLength === CHUNK_BYTES;
      if (isOurs && spare.length < SPARE_CHUNKS) spare.push(buffer);
    },
  };
}
