import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Api, KafkaConnection } from '../../../../../runner/sinks/kafka/wire/connection.ts';

/** Answers with the number that it was asked. */
const ECHO: Api<number> = { key: 99, version: 0, name: 'Echo', read: (reader) => reader.int32() };

let server: Server | null = null;
let connection: KafkaConnection | null = null;
const sockets = new Set<Socket>();

afterEach(() => {
  connection?.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

async function broker(
  onRequest: (socket: Socket, correlationId: number, body: Buffer) => void,
): Promise<number> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 4 && received.length >= received.readInt32BE(0) + 4) {
        const request = received.subarray(4, received.readInt32BE(0) + 4);
        received = received.subarray(received.readInt32BE(0) + 4);
        // key, version, correlation id, client id "c"
        onRequest(socket, request.readInt32BE(4), request.subarray(11));
      }
    });
  });
  const bound = server;
  await new Promise<void>((resolve) => {
    bound.listen(0, '127.0.0.1', resolve);
  });
  const address = bound.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function open(port: number, requestTimeoutMs = 30_000): Promise<KafkaConnection> {
  connection = await KafkaConnection.open({
    host: '127.0.0.1',
    port,
    tls: null,
    clientId: 'c',
    connectTimeoutMs: 5_000,
    requestTimeoutMs,
  });
  return connection;
}

function answer(correlationId: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, body]);
}

const unreachable = (text: string) => ({
  code: 'CDC_SINK_UNREACHABLE',
  retryable: true,
  message: expect.stringContaining(text),
});

test('answers find their requests, however the bytes are cut', async () => {
  const port = await broker((socket, correlationId, body) => {
    for (const byte of answer(correlationId, body)) socket.write(Buffer.from([byte]));
  });
  const open_ = await open(port);
  const numbers = Array.from({ length: 40 }, (_, index) => index * 1_000_003);
  const answers = numbers.map((number) => open_.send(ECHO, (body) => body.int32(number)));
  expect(await Promise.all(answers)).toEqual(numbers);
});

test('a broker that hangs up at once may want a login, and the message says so', async () => {
  const open_ = await open(await broker((socket) => socket.destroy()));
  await expect(open_.send(ECHO, (body) => body.int32(1))).rejects.toMatchObject(unreachable('enable_sasl'));
  expect(open_.isClosed).toBe(true);
  await expect(open_.send(ECHO, (body) => body.int32(1))).rejects.toMatchObject({
    code: 'CDC_SINK_UNREACHABLE',
  });
});

test('a request that is not answered in time ends the connection, and all that wait with it', async () => {
  const open_ = await open(await broker(() => undefined), 100);
  const both = [1, 2].map((number) => open_.send(ECHO, (body) => body.int32(number)));
  for (const one of both) await expect(one).rejects.toMatchObject(unreachable('no answer to Echo'));
});

test('what answers in another protocol is told', async () => {
  const open_ = await open(await broker((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
  await expect(open_.send(ECHO, (body) => body.int32(1))).rejects.toMatchObject(
    unreachable('does not speak the Kafka protocol'),
  );
});

test('an answer to what was not asked ends the connection', async () => {
  const open_ = await open(
    await broker((socket, correlationId, body) => socket.write(answer(correlationId + 5, body))),
  );
  await expect(open_.send(ECHO, (body) => body.int32(1))).rejects.toMatchObject(
    unreachable('what was not asked'),
  );
});

test('an answer that is too short is an error of that request alone', async () => {
  const open_ = await open(
    await broker((socket, correlationId, body) =>
      socket.write(answer(correlationId, body.readInt32BE(0) === 1 ? Buffer.alloc(2) : body)),
    ),
  );
  await expect(open_.send(ECHO, (body) => body.int32(1))).rejects.toMatchObject({ code: 'CDC_SINK_ERROR' });
  expect(await open_.send(ECHO, (body) => body.int32(2))).toBe(2);
});

test('nobody there', async () => {
  const port = await broker(() => undefined);
  await new Promise((resolve) => server?.close(resolve));
  await expect(open(port)).rejects.toMatchObject(unreachable('ECONNREFUSED'));
});
