import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlAddress, MysqlName, ServerAddresses } from '../addresses.ts';
import {
  type RunningServers,
  type ServerName,
  type ServerRequest,
  ServersError,
  type StartOptions,
} from '../provider.ts';
import { Supervisor } from '../supervisor.ts';
import { cacheFolder } from './cache.ts';
import { DynamodbServer } from './dynamodb.ts';
import { KafkaServer } from './kafka.ts';
import { mariadb } from './mariadb.ts';
import { debianMysql } from './mysql-debian.ts';
import { mavenMysql } from './mysql-maven.ts';
import { type MysqlProgram, MysqlServer } from './mysqld.ts';
import { freePort } from './ports.ts';
import type { NativeContext } from './tools.ts';

/** What all native servers can do. */
interface NativeServer {
  prepare(): Promise<void>;
  start(): Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts real servers without Docker, all at once, as children of a supervisor. */
export async function startNative(request: ServerRequest, options: StartOptions): Promise<RunningServers> {
  const supervisor = new Supervisor();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'galaxy-servers-'));
    supervisor.removeAtEnd(folder);
    await chmod(folder, 0o755);
    const cache = cacheFolder(options.env);
    await mkdir(cache, { recursive: true });
    return await startAll(request, { supervisor, cache, folder, log: options.log, env: options.env });
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function startAll(request: ServerRequest, context: NativeContext): Promise<RunningServers> {
  const servers = new Map<ServerName, NativeServer>();
  const addresses = {
    mysql: {} as Partial<Record<MysqlName, MysqlAddress>>,
    kafka: null as ServerAddresses['kafka'],
    dynamodb: null as ServerAddresses['dynamodb'],
  };
  const starts = mysqlNames(request).map(async (name) => {
    const program = await mysqlProgram(context, name);
    const server = new MysqlServer(context, program, await freePort(), request.mysqlOptions?.[name] ?? []);
    await begin(context, servers, name, server);
    addresses.mysql[name] = server.address;
  });
  if (request.kafka === true) {
    const tls = request.kafkaTls === undefined ? {} : { tls: await freePort() };
    const ports = { plain: await freePort(), sasl: await freePort(), controller: await freePort(), ...tls };
    const server = new KafkaServer(context, ports, request.kafkaTls);
    addresses.kafka = server.address;
    starts.push(begin(context, servers, 'kafka', server));
  }
  if (request.dynamodb === true) {
    const server = new DynamodbServer(context, await freePort());
    addresses.dynamodb = server.address;
    starts.push(begin(context, servers, 'dynamodb', server));
  }
  await Promise.all(starts);
  return running(context.supervisor, servers, addresses);
}

async function begin(
  context: NativeContext,
  servers: Map<ServerName, NativeServer>,
  name: ServerName,
  server: NativeServer,
): Promise<void> {
  await server.prepare();
  const started = Date.now();
  await server.start();
  servers.set(name, server);
  context.log(`${name} is up after ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function mysqlNames(request: ServerRequest): readonly MysqlName[] {
  if (request.mysql === 'default') return [process.arch === 'x64' ? 'mysql80' : 'mysql97'];
  return request.mysql ?? [];
}

async function mysqlProgram(context: NativeContext, name: MysqlName): Promise<MysqlProgram> {
  switch (name) {
    case 'mysql80':
    case 'mysql57':
      return await mavenMysql(context, name);
    case 'mysql97':
      return await debianMysql(context);
    case 'mariadb':
      return await mariadb(context);
    case 'mysql84':
      throw new ServersError('MySQL 8.4 is only to be had through Docker, or as a server of your own');
  }
}

function running(
  supervisor: Supervisor,
  servers: ReadonlyMap<ServerName, NativeServer>,
  addresses: ServerAddresses,
): RunningServers {
  const server = (name: ServerName): NativeServer => {
    const found = servers.get(name);
    if (found === undefined) throw new ServersError(`No server ${name} was started`);
    return found;
  };
  return {
    addresses,
    stop: () => supervisor.close(),
    restart: async (name) => {
      await server(name).stop('SIGTERM');
      await server(name).start();
    },
    kill: (name) => server(name).stop('SIGKILL'),
    start: (name) => server(name).start(),
  };
}
