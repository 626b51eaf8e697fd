/**
 * Evaluates sst.config.ts for one stage as `sst deploy` does, with mocks in Pulumi's place, and writes the graph to a
 * file. A process of its own: mocks are global, and what fails inside Pulumi comes up as unhandled rejections.
 *
 *   node evaluate-child.ts <request.json>      request: EvaluateRequest
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Graph, Inputs, Json, Resource } from './graph.ts';
import { call, type NewResource, newResource, REGION } from './mocks.ts';

export interface EvaluateRequest {
  readonly root: string;
  readonly platform: string;
  readonly stage: string;
  /** In place of infra/aws/stages.ts; null: as it is committed. */
  readonly stages: Json;
  /** A folder for what the evaluation writes. */
  readonly work: string;
  readonly output: string;
}

const [requestFile = ''] = process.argv.slice(2);
const request = JSON.parse(readFileSync(requestFile, 'utf8')) as EvaluateRequest;
const { root, platform, stage, work } = request;

const PRELUDE = `import * as aws from "@pulumi/aws";\nimport * as sst from ${JSON.stringify(join(platform, 'src/components'))};\n`;

/** SST puts its globals as imports before each file of the project. */
const globals: Plugin = {
  name: 'globals',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes('/.sst/') || path.includes('/node_modules/')) return undefined;
      const isStages = request.stages !== null && path.endsWith('/infra/aws/stages.ts');
      const text = isStages
        ? `export const STAGES = ${JSON.stringify(request.stages)};`
        : readFileSync(path, 'utf8');
      return { contents: `${PRELUDE}${text}`, loader: 'ts' };
    });
  },
};

const BANNER = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __toPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __toPath(import.meta.url);
const __dirname = __toPath(new URL('.', import.meta.url));`;

async function bundle(
  name: string,
  code: string,
  define: Record<string, Json>,
  inject: string[],
): Promise<string> {
  // Within the platform, so that its packages are found.
  const outfile = join(platform, `galaxy-${process.pid}-${name}.mjs`);
  await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts', sourcefile: 'evaluate.ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    mainFields: ['module', 'main'],
    nodePaths: [join(platform, 'node_modules')],
    external: ['@pulumi/*', '@pulumiverse/*', '@aws-sdk/*', 'undici', 'esbuild', 'archiver', 'glob', 'vite'],
    banner: { js: BANNER },
    define: Object.fromEntries(Object.entries(define).map(([key, value]) => [key, JSON.stringify(value)])),
    inject,
    plugins: [globals],
  });
  return outfile;
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    await rm(file, { force: true });
  }
}

const CONFIG = JSON.stringify(join(root, 'sst.config.ts'));

async function readApp(): Promise<Inputs> {
  const code = `globalThis.$config = (config: unknown) => config;
const { default: mod } = await import(${CONFIG});
export const app = await mod.app({ stage: ${JSON.stringify(stage)} });`;
  const { app } = await load(await bundle('app', code, {}, []));
  return { ...(app as Inputs), stage };
}

/** What the components ask the CLI for. */
function answerRpc(server: Server, builds: Inputs[]): void {
  server.on('request', (incoming, answer) => {
    let body = '';
    incoming.on('data', (data) => {
      body += data;
    });
    incoming.on('end', () => {
      const { method, params } = JSON.parse(body) as { method: string; params: [Inputs] };
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify(rpc(method, params[0], builds)));
    });
  });
}

function rpc(method: string, params: Inputs, builds: Inputs[]): { result: Json } | { error: string } {
  switch (method) {
    case 'Runtime.Build': {
      const { functionID = '', handler = '', bundle: folder = '' } = params;
      builds.push({ functionID, handler, bundle: folder });
      return { result: { handler, out: folder, errors: [], sourcemaps: [] } };
    }
    case 'Provider.Aws.Bootstrap':
      return {
        result: {
          asset: 'sst-asset',
          state: 'sst-state',
          assetEcrRegistryId: '123456789012',
          assetEcrUrl: 'registry.test/sst-asset',
        },
      };
    default:
      return { error: `the stand-in of the CLI does not know ${method}` };
  }
}

/** What is used of @pulumi/pulumi. */
interface Pulumi {
  readonly runtime: {
    setMocks(mocks: unknown, project: string, stack: string, preview: boolean): Promise<void>;
    registerStackTransformation(transform: (args: Transformed) => void): void;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    disconnect(): Promise<void>;
  };
  output(value: unknown): { apply(take: (value: unknown) => void): unknown };
}

interface Transformed {
  readonly type: string;
  readonly name: string;
  readonly opts: { readonly retainOnDelete?: boolean };
}

/** Secrets come wrapped; what they hold is what the provider would get. */
function unwrap(value: unknown): Json {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>;
    if ('4dabf18193072939515e22adb298388d' in record && 'value' in record) return unwrap(record.value);
    return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, unwrap(item)]));
  }
  return (value ?? null) as Json;
}

async function startRpc(builds: Inputs[]): Promise<Server> {
  const server = createServer();
  answerRpc(server, builds);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.SST_SERVER = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return server;
}

async function importPulumi(): Promise<Pulumi> {
  const file = join(platform, 'node_modules/@pulumi/pulumi/index.js');
  return ((await import(pathToFileURL(file).href)) as { default: Pulumi }).default;
}

/** Collects what is made; `retained` is known before, from what SST makes of the resource's options. */
function recorder(resources: Resource[], retained: ReadonlySet<string>) {
  return {
    newResource: ({ id, type, name, inputs: wrapped }: NewResource) => {
      const inputs = unwrap(wrapped) as Inputs;
      const lookedUp = id !== undefined && id !== '';
      const made = newResource({ type, name, inputs, ...(lookedUp ? { id } : {}) });
      if (!lookedUp) {
        const retainOnDelete = retained.has(`${type} ${name}`);
        resources.push({ type, name, id: made.id, inputs, retainOnDelete });
      }
      return made;
    },
    call: (args: { token: string; inputs: Inputs }) => call(args.token, unwrap(args.inputs) as Inputs),
  };
}

type Start = (hook: () => void) => Promise<unknown>;

async function loadProgram(app: Inputs): Promise<Start> {
  const cli = {
    command: 'deploy',
    dev: false,
    paths: { home: work, root, work, platform },
    state: { version: {} },
  };
  // The hook comes after SST's own transformations, so that it sees what they change.
  const code = `import { run } from ${JSON.stringify(join(platform, 'src/auto/run.ts'))};
import mod from ${CONFIG};
export const start = (hook) => run(async () => { hook(); return mod.run(); });`;
  const inject = [join(platform, 'src/shim/run.js')];
  const file = await bundle('run', code, { $app: app, $cli: cli, $dev: false }, inject);
  return ((await load(file)) as { start: Start }).start;
}

async function evaluate(): Promise<Graph> {
  const app = await readApp();
  const builds: Inputs[] = [];
  const server = await startRpc(builds);
  process.env.SST_AWS_REGION = REGION;
  const { runtime, output } = await importPulumi();
  const resources: Resource[] = [];
  const retained = new Set<string>();
  await runtime.setMocks(recorder(resources, retained), 'galaxy', stage, false);
  const start = await loadProgram(app);
  let outputs: unknown = null;
  await runtime.runInPulumiStack(async () => {
    const program = await start(() => {
      runtime.registerStackTransformation(({ type, name, opts }) => {
        if (opts.retainOnDelete === true) retained.add(`${type} ${name}`);
      });
    });
    outputs = await new Promise((resolve) => output(program).apply(resolve));
    return {};
  });
  await runtime.disconnect();
  server.close();
  return {
    app: app as unknown as Graph['app'],
    resources,
    outputs: unwrap(outputs) as Inputs,
    builds: builds as unknown as Graph['builds'],
  };
}

process.on('unhandledRejection', (error) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
});

writeFileSync(request.output, JSON.stringify(await evaluate(), null, 1));
process.exit(0);
