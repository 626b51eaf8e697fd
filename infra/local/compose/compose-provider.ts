import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlAddress, MysqlName } from '../addresses.ts';
import { freePort } from '../native/ports.ts';
import {
  missing,
  type RunningServers,
  type ServerName,
  type ServerRequest,
  type StartOptions,
} from '../provider.ts';
import { Supervisor } from '../supervisor.ts';
import { COMPOSE_FILE, docker, engineAnswers, hasImages } from './docker.ts';

type Service = MysqlName | 'kafka' | 'localstack';

/** The parts of `docker compose config` that matter here. */
interface ComposeConfig {
  readonly services: Readonly<
    Record<string, { readonly image: string; readonly command?: readonly string[] }>
  >;
}

const SASL_USER = 'galaxy';
const SASL_PASSWORD = 'secret';
const READY_WITHIN_S = 180;

/** Whether Docker can bring what is asked for; says so where it fetches images. */
export async function canCompose(request: ServerRequest, { env, log }: StartOptions): Promise<boolean> {
  if (!(await engineAnswers(env))) return false;
  try {
    const { services } = await readConfig(env);
    const images = servicesOf(request).flatMap((name) => services[name]?.image ?? []);
    if (await hasImages(images, env, (image) => log(`Docker pulls ${image}`))) return true;
    log('a Docker engine answers but cannot get the images; going on without it');
  } catch (error) {
    log(`Docker cannot be used; going on without it (${error instanceof Error ? error.message : error})`);
  }
  return false;
}

/** Starts the services of compose.yaml as a project of its own, which ends with this process. */
export async function startCompose(request: ServerRequest, options: StartOptions): Promise<RunningServers> {
  if (!(await engineAnswers(options.env))) {
    throw missing('No Docker engine answers that "docker compose" can use', 'start one');
  }
  const supervisor = new Supervisor();
  try {
    return await startProject(supervisor, request, options);
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function startProject(
  supervisor: Supervisor,
  request: ServerRequest,
  { log, env: callerEnv }: StartOptions,
): Promise<RunningServers> {
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-compose-'));
  supervisor.removeAtEnd(folder);
  const services = servicesOf(request);
  const ports = await choosePorts(services);
  const env = { ...callerEnv, ...portVariables(ports), COMPOSE_PROFILES: 'versions' };
  const override = join(folder, 'compose.override.json');
  await writeFile(override, JSON.stringify(await overrideOf(request, env)));
  // Of this checkout and of this run: two checkouts, or two test files, never share containers.
  const checkout = createHash('sha256').update(COMPOSE_FILE).digest('hex').slice(0, 8);
  const project = `galaxy-${checkout}-${folder
    .slice(-6)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '0')}`;
  const files = ['compose', '-p', project, '-f', COMPOSE_FILE, '-f', override];
  const compose = (args: readonly string[]): Promise<string> =>
    docker([...files, ...args], env, (READY_WITHIN_S + 30) * 1_000);
  supervisor.runAtEnd('docker', [...files, '--profile', 'versions', 'down', '-v', '-t', '2']);
  log(`Docker starts ${services.join(', ')}`);
  await compose(['up', '-d', '--wait', '--wait-timeout', String(READY_WITHIN_S), ...services]);
  if (services.includes('kafka')) await addScramUser(compose);
  log(`Docker has started ${services.join(', ')}`);
  const service = (name: ServerName): Service => (name === 'dynamodb' ? 'localstack' : name);
  const wait = (name: ServerName): Promise<string> =>
    compose(['up', '-d', '--wait', '--no-recreate', service(name)]);
  return {
    addresses: addressesOf(ports),
    stop: () => supervisor.close(),
    restart: async (name) => {
      await compose(['restart', service(name)]);
      await wait(name);
    },
    kill: async (name) => {
      await compose(['kill', '-s', 'SIGKILL', service(name)]);
    },
    start: async (name) => {
      await wait(name);
    },
  };
}

function servicesOf(request: ServerRequest): Service[] {
  const mysql = request.mysql === 'default' ? (['mysql84'] as const) : (request.mysql ?? []);
  return [
    ...mysql,
    ...(request.kafka === true ? (['kafka'] as const) : []),
    ...(request.dynamodb === true ? (['localstack'] as const) : []),
  ];
}

/** Ports chosen here and not by the engine: those would change at a restart. */
async function choosePorts(services: readonly Service[]): Promise<Map<Service | 'kafka_sasl', number>> {
  const ports = new Map<Service | 'kafka_sasl', number>();
  for (const name of services) ports.set(name, await freePort());
  if (services.includes('kafka')) ports.set('kafka_sasl', await freePort());
  return ports;
}

function portVariables(ports: ReadonlyMap<string, number>): Record<string, string> {
  return Object.fromEntries(
    [...ports].map(([name, port]) => [`GALAXY_${name.toUpperCase()}_PORT`, String(port)]),
  );
}

async function readConfig(env: StartOptions['env']): Promise<ComposeConfig> {
  const args = ['compose', '-f', COMPOSE_FILE, '--profile', 'versions', 'config', '--format', 'json'];
  return JSON.parse(await docker(args, env, 20_000)) as ComposeConfig;
}

/** A second compose file (JSON is YAML) with the caller's options behind the file's own. */
async function overrideOf(request: ServerRequest, env: StartOptions['env']): Promise<object> {
  const { services } = await readConfig(env);
  const changed = Object.entries(request.mysqlOptions ?? {}).map(([name, more]) => [
    name,
    { command: [...(services[name]?.command ?? []), ...more] },
  ]);
  return { services: Object.fromEntries(changed) };
}

async function addScramUser(compose: (args: readonly string[]) => Promise<string>): Promise<void> {
  const tool = [
    'exec',
    '-T',
    'kafka',
    '/opt/kafka/bin/kafka-configs.sh',
    '--bootstrap-server',
    'localhost:9092',
  ];
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    const config = ['--add-config', `${mechanism}=[password=${SASL_PASSWORD}]`];
    await compose([...tool, '--alter', ...config, '--entity-type', 'users', '--entity-name', SASL_USER]);
  }
}

function addressesOf(ports: ReadonlyMap<Service | 'kafka_sasl', number>): RunningServers['addresses'] {
  const mysql: Partial<Record<MysqlName, MysqlAddress>> = {};
  for (const [name, port] of ports) {
    if (name === 'kafka' || name === 'kafka_sasl' || name === 'localstack') continue;
    mysql[name] = { host: '127.0.0.1', port, user: 'root', password: '' };
  }
  const kafka = ports.get('kafka');
  const localstack = ports.get('localstack');
  return {
    mysql,
    kafka:
      kafka === undefined
        ? null
        : {
            brokers: [`127.0.0.1:${kafka}`],
            saslBrokers: [`127.0.0.1:${ports.get('kafka_sasl')}`],
            user: SASL_USER,
            password: SASL_PASSWORD,
          },
    dynamodb: localstack === undefined ? null : { endpoint: `http://127.0.0.1:${localstack}` },
  };
}
