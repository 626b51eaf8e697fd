/** Which addresses a task may reach: Galaxy must not become a way into networks that its callers can't reach. */
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { CdcError } from './errors.ts';

export interface NetworkPolicy {
  mayReach(address: string): boolean;
}

/**
 * Link-local and metadata addresses: never a database, often the credentials of the machine. IPv4 is also looked at
 * within IPv6 (BlockList does that for ::ffff:0:0/96, the other forms are written out).
 */
const ALWAYS_REFUSED = [
  '169.254.0.0/16',
  '::a9fe:0/112',
  '64:ff9b::a9fe:0/112',
  '2002:a9fe::/32',
  'fe80::/10',
  'fd00:ec2::/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  '0.0.0.0/8',
  '::/128',
  '64:ff9b::/104',
  '224.0.0.0/4',
  'ff00::/8',
  '255.255.255.255/32',
];
const LOOPBACK = ['127.0.0.0/8', '::1/128', '64:ff9b::7f00:0/104'];

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/');
  const version = isIP(address);
  const prefix = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
  try {
    if (version === 0) throw new Error('no address');
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  } catch (cause) {
    throw new CdcError('CDC_CONFIG', `"${network}" is not a network such as 10.0.0.0/8`, { cause });
  }
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return list;
}

export interface NetworkOptions {
  /** Empty: all but what is refused. */
  readonly networks: readonly string[];
  /** false: this machine's own addresses only where `networks` names them. */
  readonly loopback: boolean;
}

/** What is always refused no network opens. CDC_CONFIG for a text that is no network. */
export function networkPolicy({ networks, loopback }: NetworkOptions): NetworkPolicy {
  const refused = blockList(ALWAYS_REFUSED);
  const allowed = networks.length === 0 ? null : blockList(networks);
  const own = loopback ? null : blockList(LOOPBACK);
  return {
    mayReach(address) {
      const bare = address.replace(/%.*$/, '');
      const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
      if (refused.check(bare, family)) return false;
      if (allowed !== null) return allowed.check(bare, family);
      return own === null || !own.check(bare, family);
    },
  };
}

export function notAllowed(host: string, address: string, path?: string): CdcError {
  const problem = `"${host}" is at ${address}, which a task may not reach`;
  if (path === undefined) return new CdcError('CDC_HOST_NOT_ALLOWED', problem);
  return new CdcError('CDC_HOST_NOT_ALLOWED', `${path} ${problem}`, { details: [{ path, problem }] });
}

/** An address that is written out needs no look-up: CDC_HOST_NOT_ALLOWED where it may not be reached. */
export function checkLiteral(policy: NetworkPolicy | undefined, host: string): void {
  if (policy !== undefined && isIP(host) > 0 && !policy.mayReach(host)) throw notAllowed(host, host);
}

/**
 * A look-up for node:net that gives no address which may not be reached: what was checked is what is connected to, so
 * a name can't be made to mean another address in between. `lookup` is that of node:dns.
 */
export function guardedLookup(policy: NetworkPolicy, lookup: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    lookup(host, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      const outside = error === null ? addresses.find((address) => !policy.mayReach(address)) : undefined;
      if (outside === undefined) callback(error, found, family);
      else callback(notAllowed(host, outside), found, family);
    });
  };
}
