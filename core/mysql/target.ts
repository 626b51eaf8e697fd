import { isIP } from 'node:net';
import { CdcError } from '../errors.ts';
import { rdsRegion } from '../iam-tokens.ts';
import { freshLogin, type LoginSource } from '../login.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import type { ServerAccess } from '../server-access.ts';
import type { ResolvedMysqlConfig, ResolvedTls } from '../task-secrets.ts';

/**
 * How a connection is encrypted. As in MySQL's own clients: `true` of a task is `required` (encrypted, the
 * certificate is not looked at), an object without `verify: false` is `verified` (chain and host name).
 */
export type TlsSetting =
  | { readonly kind: 'off' }
  | { readonly kind: 'required'; readonly clientCertificate?: ClientCertificate }
  | {
      readonly kind: 'verified';
      /** PEM; absent: the authorities that Node trusts. */
      readonly ca?: string;
      /** The name that the certificate must hold; absent: the host. */
      readonly servername?: string;
      readonly clientCertificate?: ClientCertificate;
    };

/** PEM texts of mutual TLS. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A MySQL or MariaDB server and who we are there. */
export interface MysqlTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsSetting;
  /** `rds_iam`: the server may ask for the password as it is, over TLS. */
  readonly auth?: 'rds_iam';
  /** Of `rds_iam`, where the host's name does not tell it. */
  readonly region?: string;
  /** Asked at each connection; absent: `user` and `password` as they stand. */
  readonly login?: LoginSource;
  /** Absent: every address may be reached. */
  readonly network?: NetworkPolicy;
}

export function tlsSetting(tls: ResolvedTls | undefined): TlsSetting {
  if (tls === undefined || tls === false) return { kind: 'off' };
  if (tls === true) return { kind: 'required' };
  const { cert, key } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    throw new CdcError('CDC_INVALID_REQUEST', 'a client certificate needs both cert and key', {
      details: [{ path: 'mysql_config.tls', problem: 'has one of cert and key only' }],
    });
  }
  const client = cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } };
  if (tls.verify === false) return { kind: 'required', ...client };
  return {
    kind: 'verified',
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...client,
  };
}

/** A token may be shown to nobody but its server: so `true`, and nothing said, are `verified` there. */
function tlsOf(config: ResolvedMysqlConfig): TlsSetting {
  if (config.auth !== 'rds_iam') return tlsSetting(config.tls);
  return tlsSetting(config.tls === undefined || config.tls === true ? {} : config.tls);
}

/** A token is made for one host: each server of a topology has its own. */
function tokenLogin(target: MysqlTarget, { tokens, region: fallback }: ServerAccess): LoginSource {
  if (tokens === undefined) {
    throw new CdcError('CDC_NOT_SUPPORTED', '"auth": "rds_iam" is not to be had here: there is no AWS role');
  }
  const { host, port, user } = target;
  const region = rdsRegion(target.region, host, fallback);
  return freshLogin(async () => ({
    user,
    password: await (await tokens()).rds({ host, port, user, region }),
  }));
}

/** The target as this process connects to it. `login` of a password that may change; a token stands above it. */
export function withAccess(target: MysqlTarget, access: ServerAccess, login?: LoginSource): MysqlTarget {
  const source = target.auth === 'rds_iam' ? tokenLogin(target, access) : login;
  return {
    ...target,
    ...(source === undefined ? {} : { login: source }),
    ...(access.network === undefined ? {} : { network: access.network }),
  };
}

/**
 * All servers of a task whose secrets are text already: the named one first, then the others of its topology. A host
 * without a port has 3306.
 */
export function mysqlTargets(
  config: ResolvedMysqlConfig,
  access: ServerAccess = {},
  login?: LoginSource,
): [MysqlTarget, ...MysqlTarget[]] {
  const { host, port, user, password, auth, region } = config;
  const first: MysqlTarget = {
    host,
    port,
    user,
    password,
    tls: tlsOf(config),
    ...(auth === 'rds_iam' ? { auth } : {}),
    ...(region === undefined ? {} : { region }),
  };
  const others = (config.hosts ?? [])
    .map((text) => ({ ...first, ...splitHostPort(text) }))
    .filter((other) => formatTarget(other) !== formatTarget(first));
  return [withAccess(first, access, login), ...others.map((other) => withAccess(other, access, login))];
}

/** `host:port` for messages. */
export function formatTarget(target: Pick<MysqlTarget, 'host' | 'port'>): string {
  return isIP(target.host) === 6 ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
}

const MYSQL_PORT = 3306;

function refuse(problem: string): never {
  throw new CdcError('CDC_INVALID_REQUEST', `the source URL ${problem}`, {
    hint: 'Write mysql://user:password@host:port, with special characters percent-encoded (@ is %40).',
  });
}

function decodePart(part: string, name: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse(`has a % in its ${name} that is not followed by two hex digits`);
  }
}

const URL_OPTIONS = ['tls', 'servername', 'auth', 'region'];

function urlOptions(query: string): URLSearchParams {
  const params = new URLSearchParams(query);
  const unknown = [...params.keys()].find((name) => !URL_OPTIONS.includes(name));
  if (unknown !== undefined) refuse(`has the unknown option ${unknown}; known are ${URL_OPTIONS.join(', ')}`);
  return params;
}

function tlsOfUrl(params: URLSearchParams, isIam: boolean): TlsSetting {
  const servername = params.get('servername');
  const tls = params.get('tls') ?? (servername === null && !isIam ? 'false' : 'verify');
  if (servername !== null && tls !== 'verify') refuse('has a servername, which needs tls=verify');
  switch (tls) {
    case 'false':
    case 'disabled':
      return isIam ? refuse('has auth=rds_iam, which needs tls=verify') : { kind: 'off' };
    case 'true':
    case 'required':
      return isIam ? { kind: 'verified' } : { kind: 'required' };
    case 'verify':
      return { kind: 'verified', ...(servername === null ? {} : { servername }) };
    default:
      return refuse('has an unknown value of tls; known are true, false and verify');
  }
}

/** What of the URL stands for a password: `auth=rds_iam` and the region. */
function authOfUrl(params: URLSearchParams, password: string): Pick<MysqlTarget, 'auth' | 'region'> {
  const auth = params.get('auth') ?? 'password';
  const region = params.get('region');
  if (auth !== 'rds_iam') {
    if (auth !== 'password') refuse('has an unknown value of auth; known are password and rds_iam');
    return region === null ? {} : refuse('has a region, which needs auth=rds_iam');
  }
  if (password !== '') refuse('has a password and auth=rds_iam, which puts a token in its place');
  return { auth, ...(region === null ? {} : { region }) };
}

function splitHostPort(text: string): { host: string; port: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text);
  const hostText = match?.[1] ?? refuse('has a host that can not be read; write an IPv6 address as [::1]');
  const host = hostText.startsWith('[') ? hostText.slice(1, -1) : decodePart(hostText, 'host');
  if (hostText.startsWith('[') && isIP(host) !== 6) refuse('has no IPv6 address within its brackets');
  if (host === '') refuse('has no host');
  if (/[\s/?#@]/.test(host)) refuse('has a character in its host that no host name has');
  const portText = match?.[2];
  if (portText === undefined || portText === '') return { host, port: MYSQL_PORT };
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) refuse('has a port that is not a number from 1 to 65535');
  return { host, port };
}

/**
 * Parses `mysql://user:password@host:port[?tls=true|false|verify][&servername=name][&auth=rds_iam][&region=name]` (also
 * `mariadb://`).
 * Lenient where it is safe: the last `@` ends the password, so one may stand unencoded in it. CDC_INVALID_REQUEST
 * names the part that is wrong; no message holds the password, so the URL is never quoted.
 */
export function parseMysqlUrl(url: string): MysqlTarget {
  const rest = /^(?:mysql|mariadb):\/\/(.*)$/s.exec(url)?.[1];
  if (rest === undefined) return refuse('does not begin with mysql:// or mariadb://');
  const at = rest.lastIndexOf('@');
  const credentials = at < 0 ? '' : rest.slice(0, at);
  const [, address = '', path = '', query = ''] =
    /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest.slice(at + 1)) ?? [];
  if (path !== '' && path !== '/') refuse('names a database in its path; use the option --database');
  const colon = credentials.indexOf(':');
  const user = decodePart(colon < 0 ? credentials : credentials.slice(0, colon), 'user');
  const password = colon < 0 ? '' : decodePart(credentials.slice(colon + 1), 'password');
  if (user === '') refuse('has no user');
  const params = urlOptions(query);
  const auth = authOfUrl(params, password);
  return {
    ...splitHostPort(address),
    user,
    password,
    tls: tlsOfUrl(params, auth.auth === 'rds_iam'),
    ...auth,
  };
}
