import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CdcError } from '../../core/errors.ts';
import { type Access, parseTokens } from '../../functions/middleware/auth.ts';
import { UsageError } from '../usage-error.ts';

export const UP_HELP = `usage: galaxy up [options]

Control plane and runners on this machine, until SIGTERM or Ctrl-C: then the runners drain.

  --port PORT          8689; 0 takes a free one
  --host HOST          127.0.0.1; any other than a loopback address needs tokens
  --data DIR           .galaxy: tasks, checkpoints, secrets
  --token-file FILE    lines admin:SHA256 or reader:SHA256; galaxy task token makes one
  --networks A,B       the networks that tasks may reach, as 10.0.0.0/8; all, where absent
  --store KIND         sqlite (default) or dynamodb
  --table NAME         the DynamoDB table; made if it is not there and --endpoint is given
  --endpoint URL       a DynamoDB other than AWS's
  --ready-file FILE    written when it is ready: {"url", "pid"}

Environment: ListenAddr (HOST:PORT), GALAXY_DATA, GALAXY_TOKEN_FILE, GALAXY_NETWORKS, GALAXY_STORE, GALAXY_TABLE,
AWS_ENDPOINT_URL. Options win.
`;

type Env = Readonly<Record<string, string | undefined>>;

export type StoreOptions =
  | { readonly kind: 'sqlite' }
  | { readonly kind: 'dynamodb'; readonly table: string; readonly endpoint: string | null };

export interface UpOptions {
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly access: Access;
  readonly networks: readonly string[];
  readonly store: StoreOptions;
  readonly readyFile: string | null;
  /** The environment of the command. */
  readonly env: Env;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  return version > 0 && LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** `127.0.0.1:8689`, `:8689` (every address, as in the reference), `[::1]:8689`. */
export function parseListenAddr(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3] ?? -1);
  if (match === null || port < 0 || port > 65_535) {
    throw new CdcError('CDC_CONFIG', `ListenAddr "${text}" is not HOST:PORT`, {
      hint: 'Write it as 127.0.0.1:8689.',
    });
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) throw new UsageError(`--port ${text} is not a port.`);
  return port;
}

function readAccess(file: string | undefined, host: string): Access {
  if (file !== undefined && file !== '') {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (cause) {
      throw new CdcError('CDC_CONFIG', `the token file ${file} can't be read`, {
        cause,
        hint: 'Make it by galaxy task token.',
      });
    }
    return { kind: 'tokens', tokens: parseTokens(text) };
  }
  if (isLoopback(host)) return { kind: 'loopback' };
  throw new CdcError('CDC_CONFIG', `${host} can be reached from outside, and there are no tokens`, {
    hint: 'Listen on 127.0.0.1, or make a token by galaxy task token and give --token-file.',
  });
}

function readStore(kind: string, table: string | undefined, endpoint: string | undefined): StoreOptions {
  switch (kind) {
    case 'sqlite':
      return { kind };
    case 'dynamodb':
      return { kind, table: table ?? 'galaxy', endpoint: endpoint ?? null };
    default:
      throw new UsageError(`--store ${kind} is not known; it is sqlite or dynamodb.`);
  }
}

/** null where only the help is wanted. CDC_CONFIG for what the environment or a file has wrong. */
export function readUpOptions(args: string[], env: Env): UpOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      'token-file': { type: 'string' },
      networks: { type: 'string' },
      store: { type: 'string' },
      table: { type: 'string' },
      endpoint: { type: 'string' },
      'ready-file': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return null;
  const listen = env.ListenAddr === undefined ? null : parseListenAddr(env.ListenAddr);
  const host = values.host ?? listen?.host ?? '127.0.0.1';
  const networks = (values.networks ?? env.GALAXY_NETWORKS ?? '').split(',').map((text) => text.trim());
  return {
    host,
    port: values.port === undefined ? (listen?.port ?? 8689) : parsePort(values.port),
    dataDir: resolve(values.data ?? env.GALAXY_DATA ?? '.galaxy'),
    access: readAccess(values['token-file'] ?? env.GALAXY_TOKEN_FILE, host),
    networks: networks.filter((text) => text !== ''),
    store: readStore(
      values.store ?? env.GALAXY_STORE ?? 'sqlite',
      values.table ?? env.GALAXY_TABLE,
      values.endpoint ?? env.AWS_ENDPOINT_URL,
    ),
    readyFile: values['ready-file'] ?? null,
    env,
  };
}
