import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultProxy } from '../../support/fault-proxy.ts';

let echo: Server;
let proxy: FaultProxy;
let client: Socket;
let received = '';

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  received = '';
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString();
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** `once` would throw what came before the end. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
  });

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !done(); turn += 1) await sleep(5);
  expect(done()).toBe(true);
}

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => {
    echo.listen(0, '127.0.0.1', resolve);
  });
  const address = echo.address();
  proxy = await FaultProxy.before({
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
  });
  client = await open();
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  echo.close();
});

test('what is held back comes later, whole and in order', async () => {
  client.write('one ');
  await until(() => received === 'one ');
  proxy.hold();
  client.write('two ');
  client.write('three');
  await sleep(50);
  expect(received).toBe('one ');
  proxy.heal();
  await until(() => received === 'one two three');
});

test('a cut ends open connections, and new ones work', async () => {
  const closed = closing(client);
  proxy.cut();
  await closed;
  client = await open();
  client.write('again');
  await until(() => received === 'again');
});

test('where it refuses, no byte comes through a new connection until it is healed', async () => {
  proxy.refuse();
  const refused = connect(proxy.port, '127.0.0.1');
  refused.on('error', () => undefined);
  await closing(refused);
  proxy.heal();
  client = await open();
  client.write('again');
  await until(() => received === 'again');
});

test('delayed and slow bytes keep their order', async () => {
  proxy.delayMs = 30;
  client.write('a');
  await sleep(5);
  proxy.delayMs = 0;
  client.write('b');
  proxy.bytesPerSecond = 100;
  client.write('c');
  await until(() => received === 'abc');
});
