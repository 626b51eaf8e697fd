/**
 * A Docker engine of our own, for a machine where none answers: Debian's, unpacked aside, with its socket and its data
 * in the temporary folder of this run.
 *
 * It runs as the init of a process and mount namespace of its own, so that containers and mounts end with it, also after
 * `kill -9`. It has no bridge and touches neither iptables nor forwarding: containers use the host's network, where they
 * reach servers on 127.0.0.1, and two engines at once have nothing in common. Its cgroups lie under a name of this run.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from '../compose/docker.ts';
import { cachedFolder } from '../native/cache.ts';
import { downloadDebs, unpackDebs } from '../native/debian.ts';
import { findProgram, lastLines, type NativeContext, runTool } from '../native/tools.ts';
import { ServersError } from '../provider.ts';
import type { SupervisedProgram } from '../supervisor.ts';

type Env = Readonly<Record<string, string | undefined>>;

const READY_WITHIN_MS = 60_000;
const PACKAGES = [
  'docker.io',
  'containerd',
  'runc',
  'tini',
  'libseccomp2',
  'libdevmapper1.02.1',
  'libsystemd0',
];
const UNUSED = ['dnet', 'ctr', 'containerd-shim', 'containerd-shim-runc-v1'].map(
  (name) => `./usr/bin/${name}`,
);

/** Why this machine can have no engine of our own; null where it can. */
export async function ownEngineObstacle(context: NativeContext): Promise<string | null> {
  if (process.platform !== 'linux') return `this is ${process.platform} and not Linux`;
  if (process.getuid?.() !== 0) return 'that needs root';
  for (const program of ['apt-get', 'dpkg-deb', 'unshare', 'mount']) {
    if ((await findProgram(context.env, program)) === undefined) return `${program} is not on this machine`;
  }
  try {
    const script = 'mount -t tmpfs none /run';
    await runTool(context, 'unshare', ['--mount', '--pid', '--fork', 'sh', '-c', script], 'unshare');
  } catch {
    return 'this machine allows no namespaces and mounts';
  }
  const cgroups = ['/sys/fs/cgroup/cgroup.subtree_control', '/sys/fs/cgroup/memory/cgroup.procs'];
  const writable = await Promise.all(cgroups.map(isWritable));
  return writable.includes(true) ? null : 'this machine has no cgroups that can be written to';
}

async function isWritable(file: string): Promise<boolean> {
  return await access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Starts it and gives what the environment of a Docker client needs besides, to talk to it. */
export async function startOwnEngine(context: NativeContext): Promise<Env> {
  const tree = await cachedFolder(context.cache, 'docker-20.10', context.log, async (folder) => {
    const debs = await downloadDebs(context, { suite: 'bookworm', packages: PACKAGES, deps: false });
    await unpackDebs(context, debs, folder, UNUSED);
  });
  const folder = join(context.folder, 'docker');
  await mkdir(folder);
  const libraries = ['usr/lib', 'lib'].map((name) => join(tree, name, triplet()));
  const env = {
    PATH: [join(tree, 'usr/sbin'), join(tree, 'usr/bin'), context.env.PATH].join(':'),
    DOCKER_HOST: `unix://${folder}/docker.sock`,
    DOCKER_CONFIG: join(folder, 'client'),
    DOCKER_BUILDKIT: '1',
  };
  const cgroup = `galaxy-${randomBytes(6).toString('hex')}`;
  context.supervisor.runAtEnd('sh', ['-c', REMOVE_CGROUPS, 'sh', cgroup]);
  const logFile = join(folder, 'dockerd.log');
  const engine = await context.supervisor.start({
    program: 'unshare',
    args: [
      ...['--pid', '--fork', '--kill-child=SIGKILL', '--mount', '--mount-proc'],
      ...['sh', '-c', HIDE_AND_RUN, 'sh', hidden(context, tree).join(' ')],
      ...['tini-static', '--', 'dockerd', ...(await daemonOptions(folder, cgroup))],
    ],
    cwd: folder,
    env: { ...context.env, ...env, LD_LIBRARY_PATH: libraries.join(':') },
    logFile,
  });
  await ready(engine, { ...context.env, ...env }, logFile);
  return env;
}

function triplet(): string {
  return process.arch === 'x64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';
}

/** containerd and dockerd make folders there, which the host needs not see. */
function hidden(context: NativeContext, tree: string): string[] {
  return ['/run', '/opt'].filter(
    (mask) => ![context.folder, tree, process.execPath].some((path) => path.startsWith(`${mask}/`)),
  );
}

const HIDE_AND_RUN = 'for mask in $1; do mount -t tmpfs none $mask || exit 1; done; shift; exec "$@"';

/** The kernel takes a moment to end what was in the namespace. */
const REMOVE_CGROUPS = `for try in 1 2 3 4 5 6 7 8 9 10; do
  found=$(find /sys/fs/cgroup -depth -type d -path "*/$1*")
  [ -z "$found" ] && exit 0
  rmdir $found 2>/dev/null || sleep 0.2
done`;

async function daemonOptions(folder: string, cgroup: string): Promise<string[]> {
  const config = join(folder, 'daemon.json');
  // The host's own settings and key are not ours to read or to make.
  await writeFile(config, JSON.stringify({ 'deprecated-key-path': join(folder, 'key.json') }));
  return [
    `--config-file=${config}`,
    `--host=unix://${folder}/docker.sock`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/docker.pid`,
    '--bridge=none',
    ...['iptables', 'ip6tables', 'ip-forward', 'ip-masq'].map((name) => `--${name}=false`),
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=/${cgroup}`,
  ];
}

async function ready(engine: SupervisedProgram, env: Env, logFile: string): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
    if (!engine.running()) break;
    const answers = await docker(['version', '--format', '{{.Server.Version}}'], env, 5_000).then(
      () => true,
      () => false,
    );
    if (answers) return;
  }
  throw new ServersError(`The Docker engine did not get ready:\n${await lastLines(logFile)}`);
}
