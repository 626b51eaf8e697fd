import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServersError } from '../provider.ts';
import { type NativeContext, requirePrograms, runTool, withProgress } from './tools.ts';

export interface DebRequest {
  readonly suite: 'sid' | 'bookworm';
  readonly packages: readonly string[];
  /** Whether to take along all that they depend on, down to the C library. */
  readonly deps: boolean;
}

/** A package that only scripts want which nobody runs here: the resolver believes that it is installed. */
const BELIEVED_INSTALLED = 'perl';

let requests = 0;

/**
 * Downloads Debian packages by the host's apt in a configuration apart from the host's: lists, cache and status
 * lie in a temporary folder, so that no root is needed and nothing of the host changes. Mirror, keyring, proxy
 * and the other Acquire settings are the host's own. Gives the paths of the packages.
 */
export async function downloadDebs(context: NativeContext, request: DebRequest): Promise<string[]> {
  await requirePrograms(context, ['apt-get', 'dpkg-deb', 'tar']);
  requests += 1;
  const folder = join(context.folder, `apt-${requests}`);
  const archives = join(folder, 'cache/archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'status'), statusText(request.deps));
  await writeFile(join(folder, 'sources.list'), await sourcesText(context, request.suite));
  await writeFile(join(folder, 'apt.conf'), await configText(context, folder));
  const env = { APT_CONFIG: join(folder, 'apt.conf') };
  await runTool(context, 'apt-get', ['-qq', 'update'], `apt-get update of Debian ${request.suite}`, { env });
  const args = request.deps ? ['install', '-y', '--download-only'] : ['download'];
  await withProgress(context.log, `fetching ${request.packages.join(', ')} of Debian ${request.suite}`, () =>
    runTool(context, 'apt-get', ['-qq', ...args, ...request.packages], 'apt-get', { env, cwd: archives }),
  );
  const files = await readdir(archives);
  return files.filter((file) => file.endsWith('.deb')).map((file) => join(archives, file));
}

/** Unpacks packages into a folder, without their documentation and what `exclude` matches (tar patterns). */
export async function unpackDebs(
  context: NativeContext,
  debs: readonly string[],
  folder: string,
  exclude: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const patterns = [
    './usr/share/doc',
    './usr/share/man',
    './usr/share/locale',
    './usr/share/lintian',
    ...exclude,
  ];
  const options = patterns.map((pattern) => `--exclude=${pattern}`);
  for (const deb of debs) {
    const archive = `${deb}.tar`;
    await runTool(
      context,
      'sh',
      ['-c', 'dpkg-deb --fsys-tarfile "$1" >"$2"', 'sh', deb, archive],
      'dpkg-deb',
    );
    await runTool(context, 'tar', ['-xf', archive, '-C', folder, '--no-same-owner', ...options], 'tar');
  }
}

function statusText(deps: boolean): string {
  if (!deps) return '';
  return `Package: ${BELIEVED_INSTALLED}
Status: install ok installed
Priority: optional
Section: perl
Installed-Size: 1
Maintainer: none
Architecture: ${debianArchitecture()}
Multi-Arch: allowed
Version: 99:1
Description: stub

`;
}

export function debianArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

async function configText(context: NativeContext, folder: string): Promise<string> {
  return `Dir::State "${folder}/state";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Etc "${folder}";
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "${folder}/empty";
Dir::Etc::parts "${folder}/empty";
Dir::Etc::preferencesparts "${folder}/empty";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
Dir::Log "${folder}";
APT::Architecture "${debianArchitecture()}";
APT::Architectures { "${debianArchitecture()}"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
${await acquireSettings(context)}
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::Retries "3";
`;
}

/** How the host's apt reaches its mirror: proxies, certificates, what it thinks of expired Release files. */
async function acquireSettings(context: NativeContext): Promise<string> {
  const text = await output(context, 'apt-config', ['dump', '--no-empty']);
  return text
    .split('\n')
    .filter((line) => /^Acquire::/i.test(line) && !/^Acquire::(Languages|GzipIndexes|Retries)\b/i.test(line))
    .join('\n');
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

async function sourcesText(context: NativeContext, suite: string): Promise<string> {
  const mirror = await hostMirror(context);
  const signed = await access(KEYRING).then(
    () => `[signed-by=${KEYRING}] `,
    () => '',
  );
  return `deb ${signed}${mirror} ${suite} main\n`;
}

/** The mirror that the host's own apt takes Debian from. */
async function hostMirror(context: NativeContext): Promise<string> {
  const format = '$(REPO_URI) $(ORIGIN) $(LABEL)';
  const text = await output(context, 'apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const listed = text.split('\n').find((line) => / Debian Debian$/.test(line));
  const mirror = listed?.split(' ')[0] ?? (await mirrorOfSources());
  if (mirror === undefined) {
    throw new ServersError('apt on this machine names no Debian mirror; use Docker or servers of your own');
  }
  return mirror;
}

/** The same out of the source files, for a machine whose apt has not fetched its lists yet. */
async function mirrorOfSources(): Promise<string | undefined> {
  const parts = '/etc/apt/sources.list.d';
  const names = await readdir(parts).catch(() => []);
  for (const file of ['/etc/apt/sources.list', ...names.map((name) => join(parts, name))]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const mirror = /^(?:deb |URIs:)[^#\n]*?(\S+:\/\/\S+\/debian\/?)(?=\s|$)/m.exec(text)?.[1];
    if (mirror !== undefined) return mirror;
  }
  return undefined;
}

async function output(context: NativeContext, program: string, args: readonly string[]): Promise<string> {
  requests += 1;
  const file = join(context.folder, `output-${requests}.txt`);
  await runTool(
    context,
    'sh',
    ['-c', 'file=$1; shift; "$@" >"$file"', 'sh', file, program, ...args],
    program,
  );
  return await readFile(file, 'utf8');
}
