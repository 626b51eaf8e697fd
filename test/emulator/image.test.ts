/** The image of the runner, built by its Dockerfile. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoStores } from '../../core/dynamo/create-stores.ts';
import { createDynamoClient, createTable } from '../../core/dynamo/table.ts';
import { bundleRunner } from '../../infra/bundle/bundle.ts';
import { because, dockerfileBase, lacking, TestDocker } from '../support/emulator.ts';
import { testServers } from '../support/servers.ts';
import { waitFor } from '../support/wait-for.ts';

const reason = lacking('docker');
/** Of this run: an engine may serve two checkouts. */
const TAG = `galaxy-runner:image-test-${process.pid}`;
const MB = 1_000_000;
/** As the task definition has it. */
const CONFINED = ['--network=host', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

test('the Dockerfile and npm ci name the same Node', () => {
  expect(dockerfileBase()).toBe(`node:${process.versions.node}-bookworm-slim`);
});

describe.skipIf(reason !== null)(`the image of the runner${because(reason)}`, () => {
  let docker: TestDocker;
  const containers: string[] = [];

  beforeAll(async () => {
    docker = new TestDocker();
    await bundleRunner();
    await docker.buildRunner(TAG);
  });
  afterAll(async () => {
    for (const id of containers) await docker.run('rm', '--force', id);
    await docker.run('image', 'rm', TAG);
  });

  /** Runs a container in the background. */
  const start = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const settings = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const id = await docker.run('run', '--detach', ...CONFINED, ...settings, TAG);
    containers.push(id);
    return id;
  };
  const state = async (id: string): Promise<{ Status: string; ExitCode: number }> =>
    JSON.parse(await docker.run('inspect', '--format', '{{json .State}}', id)) as {
      Status: string;
      ExitCode: number;
    };
  const exited = async (id: string): Promise<number> => {
    await waitFor(async () => (await state(id)).Status === 'exited', 60_000);
    return (await state(id)).ExitCode;
  };
  /** The answer of the health check, with its exit code. */
  const health = async (id: string): Promise<string> => {
    const check = await docker.run('inspect', '--format', '{{json .Config.Healthcheck.Test}}', TAG);
    const [, ...command] = JSON.parse(check) as string[];
    const { code, text } = await docker.attempt('exec', id, ...command);
    return `${code} ${text}`;
  };

  test('it has less than 120 MB compressed, and less than 5 MB on top of its base', async () => {
    const client = spawn('docker', ['save', TAG], {
      env: { ...process.env, ...docker.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let bytes = 0;
    const count = new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done();
      },
    });
    const code = once(client, 'exit');
    await pipeline(client.stdout, createGzip({ level: 1 }), count);
    expect((await code)[0]).toBe(0);
    process.stderr.write(`  the image has ${(bytes / MB).toFixed(1)} MB compressed on ${docker.base}\n`);
    expect(bytes).toBeLessThan(120 * MB);
    const size = async (image: string): Promise<number> =>
      Number(await docker.run('image', 'inspect', '--format', '{{.Size}}', image));
    expect((await size(TAG)) - (await size(docker.base))).toBeLessThan(5 * MB);
  });

  test('it runs as nobody in particular, and what is native loads', async () => {
    const script = `
      const { compressFrameSync } = require('/app/node_modules/lz4-napi');
      const size = compressFrameSync(Buffer.alloc(100_000)).length;
      console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), small: size < 1000 }));`;
    const answer = await docker.run('run', '--rm', ...CONFINED, '--entrypoint=node', TAG, '-e', script);
    expect(JSON.parse(answer)).toEqual({ uid: 1000, gid: 1000, small: true });
  });

  test('a setting that is missing ends it with exit code 3 and its name', async () => {
    const id = await start({ GALAXY_STORE: 'dynamodb' });
    expect(await exited(id)).toBe(3);
    expect((await docker.attempt('logs', id)).text).toMatch(
      /GALAXY_TASK_ID is missing.*GALAXY_TABLE is missing/,
    );
  });

  test('SIGTERM ends it as process 1; the health check knows a runner that stands still', async () => {
    const { endpoint, table } = await heldLease('t');
    const id = await start({
      GALAXY_STORE: 'dynamodb',
      GALAXY_TABLE: table,
      GALAXY_STAGE: 'test',
      GALAXY_TASK_ID: 't',
      GALAXY_RUN_ID: `image-test/${table}`,
      AWS_ENDPOINT_URL: endpoint,
      ...CREDENTIALS,
    });
    await waitFor(async () => (await health(id)).startsWith('0 '), 30_000);
    expect(await health(id)).toContain('"reason":"waiting for the lease"');
    await docker.run('kill', '--signal=STOP', id);
    expect(await health(id)).toMatch(/^1 .*does not answer/);
    await docker.run('kill', '--signal=CONT', id);
    expect(await health(id)).toMatch(/^0 .*"healthy":true/);
    expect(await docker.run('exec', id, 'node', '-e', COUNT_ZOMBIES)).toBe('0');
    await docker.run('kill', '--signal=TERM', id);
    expect(await exited(id)).toBe(0);
  });
});

const CREDENTIALS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

/** A table in which another run holds the lease of the task: the next one waits. */
async function heldLease(taskId: string): Promise<{ endpoint: string; table: string }> {
  const endpoint = testServers().dynamodb?.endpoint;
  if (endpoint === undefined) throw new Error('this test needs a DynamoDB: none was started');
  const table = `galaxy-${randomUUID()}`;
  Object.assign(process.env, CREDENTIALS);
  const client = createDynamoClient({ endpoint });
  await createTable(client, table);
  const { leases } = createDynamoStores(client, table);
  const forLong = { generation: 1, ttlMs: 600_000, nowMs: Date.now() };
  expect(await leases.acquire({ taskId, owner: 'another', ...forLong })).not.toBeNull();
  client.destroy();
  return { endpoint, table };
}

const COUNT_ZOMBIES = `
  const fs = require('node:fs');
  const states = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
    .map((id) => { try { return fs.readFileSync('/proc/' + id + '/stat', 'utf8').split(') ')[1][0]; } catch { return ''; } });
  console.log(states.filter((state) => state === 'Z').length);`;
