/**
 * One file for each thing that is deployed:
 *
 *   dist/lambda/{api,reconcile,task-events}.mjs   what Lambda runs; its runtime brings @aws-sdk along
 *   dist/runner/main.mjs                          what the container runs, and what asks it whether it is well
 *   dist/runner/health.mjs
 *   dist/runner/node_modules/                     lz4-napi, which is native
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { type Architecture, copyNative } from './native.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Packages of CommonJS ask for `require`. */
const REQUIRE =
  "import{createRequire as galaxyRequire}from'node:module';const require=galaxyRequire(import.meta.url);";

/**
 * What no code of the control plane can reach: tables of east-asian encodings (mysql2 would take them for a connection
 * in one, ours are utf8mb4), and zod's messages in other languages.
 */
const leaner: Plugin = {
  name: 'leaner',
  setup: ({ onLoad }) => {
    onLoad({ filter: /iconv-lite[\\/]encodings[\\/]tables[\\/].*\.json$/ }, () => ({
      contents: '[]',
      loader: 'json',
    }));
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'none',
  banner: { js: REQUIRE },
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
} satisfies BuildOptions;

export async function bundleLambda(outdir = join(ROOT, 'dist/lambda')): Promise<void> {
  await build({
    ...common,
    entryPoints: ['api', 'reconcile', 'task-events'].map((name) => `functions/${name}.ts`),
    outdir,
    // the signer is not among what the runtime promises
    external: ['@aws-sdk/*', 'lz4-napi'],
    plugins: [leaner],
  });
}

export const thisArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

/** For Linux of the architecture; all of `outdir` is made anew. */
export async function bundleRunner(
  architecture: Architecture = thisArchitecture,
  outdir = join(ROOT, 'dist/runner'),
): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  const entryPoints = { main: 'runner/main.ts', health: 'runner/health-check.ts' };
  await build({ ...common, entryPoints, outdir, external: ['lz4-napi'] });
  await copyNative(outdir, architecture);
}
