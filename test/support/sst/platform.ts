/** SST's platform folder (its components and Pulumi's packages): made once by `sst install`, kept in the cache. */
import { spawn } from 'node:child_process';
import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder, cacheFolder } from '../../../infra/local/native/cache.ts';
import ownPackage from '../../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../../..');
const VERSION = ownPackage.devDependencies.sst;

type Env = Readonly<Record<string, string | undefined>>;
type Progress = (line: string) => void;

/** Nothing but the registry is asked: no Pulumi, no bun, no word home. */
const QUIET = {
  SST_SKIP_DEPENDENCY_CHECK: '1',
  SST_NO_BUN: '1',
  SST_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

/** As much of a project as `sst install` wants to see; the providers are those of ours. */
async function writeProject(folder: string): Promise<void> {
  const text = await readFile(join(ROOT, 'sst.config.ts'), 'utf8');
  const version = /providers: \{ aws: '([^']+)' \}/.exec(text)?.[1];
  if (version === undefined) throw new Error('sst.config.ts names no version of the provider aws');
  const app = `{ name: 'galaxy', home: 'aws', providers: { aws: '${version}' } }`;
  const config = `export default $config({ app() { return ${app}; }, async run() { return {}; } });\n`;
  await writeFile(join(folder, 'sst.config.ts'), config);
  await writeFile(join(folder, 'package.json'), '{"name":"galaxy","private":true,"type":"module"}\n');
}

function runSst(folder: string, env: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    const sst = join(ROOT, 'node_modules/sst/bin/sst.mjs');
    const child = spawn(process.execPath, [sst, 'install', '--stage', 'ci'], {
      cwd: folder,
      // what it would keep for the user it keeps here
      env: { ...env, ...QUIET, XDG_CONFIG_HOME: join(folder, 'config') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(`${data}`));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`sst install ended with ${code}:\n${said.join('').slice(-4_000)}`));
    });
  });
}

/** Is there a platform folder of this version at `platform`? */
async function isInstalled(platform: string): Promise<boolean> {
  const version = await readFile(join(platform, 'version'), 'utf8').catch(() => '');
  const pulumi = await readFile(join(platform, 'node_modules/@pulumi/aws/package.json')).catch(() => null);
  return version.trim() === VERSION && pulumi !== null;
}

/**
 * The platform folder that sst.config.ts refers to: the checkout's own where it has the right one (who deploys has), else
 * a link to the one in the cache, which is made first if need be (about a minute).
 */
export async function sstPlatform(env: Env, log: Progress): Promise<string> {
  const platform = join(ROOT, '.sst/platform');
  if (await isInstalled(platform)) return platform;
  const cached = await cachedFolder(cacheFolder(env), `sst-${VERSION}`, log, async (folder) => {
    log(`installing the platform of SST ${VERSION} (npm, about a minute, once)`);
    await writeProject(folder);
    await runSst(folder, env);
    if (!(await isInstalled(join(folder, '.sst/platform')))) {
      throw new Error('sst install has made no platform folder of its version');
    }
  });
  const there = await lstat(platform).catch(() => null);
  if (there !== null && !there.isSymbolicLink()) {
    throw new Error(`${platform} is not of SST ${VERSION}: run npx sst install --stage dev`);
  }
  await mkdir(join(ROOT, '.sst'), { recursive: true });
  await rm(platform, { force: true });
  await symlink(join(cached, '.sst/platform'), platform);
  return platform;
}
