import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eachEvent } from '../../../../core/event-runs.ts';
import { DumpStream } from '../../../../core/mysql/dump-stream.ts';

/** A socket whose bytes the test gives. */
class FakeSocket extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

let sequence = 0;

function packet(payload: Buffer): Buffer {
  sequence += 1;
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequence & 0xff, 3);
  return Buffer.concat([header, payload]);
}

/** As much of a header as says the size, then the text. */
function event(text: string): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(13), Buffer.from(text)]);
  bytes.writeUInt32LE(bytes.length, 9);
  return packet(Buffer.concat([Buffer.alloc(1), bytes]));
}

const errPacket = (errno: number, text: string): Buffer =>
  packet(Buffer.concat([Buffer.from([0xff, errno & 0xff, errno >> 8]), Buffer.from(`#HY000${text}`)]));
const EOF = (): Buffer => packet(Buffer.from([0xfe, 0, 0, 2, 0]));

function open(options: { readAheadBytes?: number; signal?: AbortSignal; mayEnd?: boolean } = {}) {
  sequence = 0;
  const socket = new FakeSocket();
  const stream = new DumpStream(socket, {
    what: 'reading',
    silenceMsMax: 1_000,
    readAheadBytes: options.readAheadBytes ?? 1_000,
    mayEnd: options.mayEnd ?? true,
    signal: options.signal,
  });
  const pull = stream[Symbol.asyncIterator]();
  const next = async (): Promise<string[] | 'end'> => {
    const result = await pull.next();
    return result.done === true
      ? 'end'
      : [...eachEvent(result.value)].map((bytes) => bytes.toString('utf8', 13));
  };
  return { socket, stream, next };
}

/** Lets the fake socket hand on what it was given. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => process.nextTick(resolve));
};

describe('a dump stream', () => {
  test('gives the events of each chunk at once, then ends at the EOF packet', async () => {
    const { socket, next } = open();
    socket.push(Buffer.concat([event('a'), event('b')]));
    socket.push(Buffer.concat([event('c'), EOF()]));
    expect([await next(), await next(), await next()]).toEqual([['a', 'b'], ['c'], 'end']);
    expect(socket.destroyed).toBe(true);
  });

  test('of a live binlog is disconnected by the EOF packet of a server that shuts down', async () => {
    const { socket, next } = open({ mayEnd: false });
    socket.push(Buffer.concat([event('a'), EOF()]));
    expect(await next()).toEqual(['a']);
    await expect(next()).rejects.toMatchObject({ code: 'CDC_SOURCE_DISCONNECTED', retryable: true });
  });

  test('gives what came before an ERR packet, then its error', async () => {
    const { socket, next } = open();
    socket.push(Buffer.concat([event('a'), errPacket(1236, 'Could not find first log file name')]));
    expect(await next()).toEqual(['a']);
    await expect(next()).rejects.toMatchObject({ code: 'CDC_BINLOG_PURGED' });
  });

  test('is disconnected when the server closes', async () => {
    const { socket, next } = open();
    const waiting = next();
    socket.push(null);
    await expect(waiting).rejects.toMatchObject({ code: 'CDC_SOURCE_DISCONNECTED' });
  });

  test('stops reading when enough is read ahead, and goes on when it is pulled', async () => {
    const { socket, next } = open({ readAheadBytes: 40 });
    for (const text of ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']) {
      socket.push(event(text));
      await settle();
    }
    expect(socket.isPaused()).toBe(true);
    expect(await next()).toEqual(['aaaaaaaa']);
    expect(await next()).toEqual(['bbbbbbbb']);
    expect(socket.isPaused()).toBe(false);
    expect(await next()).toEqual(['cccccccc']);
  });

  test('close ends a pull that waits, and drops what was read ahead', async () => {
    const { socket, stream, next } = open();
    const waiting = next();
    stream.close();
    expect(await waiting).toBe('end');
    expect(await next()).toBe('end');
    expect(socket.destroyed).toBe(true);
    stream.close();
  });

  test('ends when its signal is aborted', async () => {
    const abort = new AbortController();
    const { next } = open({ signal: abort.signal });
    const waiting = next();
    abort.abort();
    expect(await waiting).toBe('end');
  });

  test('ends at once when its signal was aborted before', async () => {
    const { next } = open({ signal: AbortSignal.abort() });
    expect(await next()).toBe('end');
  });

  test('is disconnected when packets are out of order', async () => {
    const { socket, next } = open();
    sequence = 4;
    socket.push(event('a'));
    await expect(next()).rejects.toMatchObject({ code: 'CDC_SOURCE_DISCONNECTED' });
  });
});

describe('the silence of a server', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('that lasts longer than two heartbeats means that it is gone', async () => {
    const { next } = open();
    const waiting = next();
    waiting.catch(() => undefined);
    vi.advanceTimersByTime(1_300);
    await expect(waiting).rejects.toMatchObject({ code: 'CDC_SOURCE_DISCONNECTED' });
  });

  test('is broken by any byte, also of an event that is not complete', async () => {
    const { socket, next } = open();
    const bytes = event('abcdef');
    const waiting = next();
    for (const byte of bytes.subarray(0, -1)) {
      vi.advanceTimersByTime(600);
      socket.push(Buffer.from([byte]));
      await settle();
    }
    socket.push(bytes.subarray(-1));
    expect(await waiting).toEqual(['abcdef']);
  });

  test('does not count while we ourselves do not read', async () => {
    const { socket, next } = open({ readAheadBytes: 1 });
    socket.push(event('a'));
    await settle();
    expect(socket.isPaused()).toBe(true);
    for (let turn = 0; turn < 40; turn += 1) vi.advanceTimersByTime(500);
    expect(await next()).toEqual(['a']);
    const waiting = next();
    socket.push(event('b'));
    expect(await waiting).toEqual(['b']);
  });

  test('does not count for a process that stood still itself', async () => {
    const { socket, next } = open();
    const waiting = next();
    vi.setSystemTime(Date.now() + 60_000);
    const at = performance.now() + 60_000;
    vi.spyOn(performance, 'now').mockImplementation(() => at);
    vi.advanceTimersByTime(250);
    vi.restoreAllMocks();
    socket.push(event('late'));
    expect(await waiting).toEqual(['late']);
  });
});
