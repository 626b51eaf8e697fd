/**
 * One file for each thing that is deployed:
 *
 *   dist/lambda/{api,reconcile,task-events}.mjs   what Lambda runs; its runtime brings @aws-sdk along
 *   dist/runner/main.mjs                          what the container runs; beside it lz4-napi as a package, it is native
 */
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

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
    external: ['@aws-sdk/*', '@smithy/*', 'lz4-napi'],
    plugins: [leaner],
  });
}

export async function bundleRunner(outdir = join(ROOT, 'dist/runner')): Promise<void> {
  await build({ ...common, entryPoints: ['runner/main.ts'], outdir, external: ['lz4-napi'] });
}
