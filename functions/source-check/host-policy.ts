/** Which hosts a task may reach: Galaxy must not become a way into networks that its callers can't reach. */
import { BlockList, isIP } from 'node:net';
import { CdcError } from '../../core/errors.ts';

export interface HostPolicy {
  /** CDC_HOST_NOT_ALLOWED where an address of `host` lies outside; `path` names the field. A name that does not
   * resolve passes: the connection then fails with its own error. */
  allow(host: string, path: string): Promise<void>;
}

/** Link-local and metadata addresses: never a database, often the credentials of the machine. */
const ALWAYS_REFUSED = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  '100.100.100.200/32',
  '0.0.0.0/8',
  '::/128',
];

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

/**
 * `networks` empty: all but the addresses that are always refused. `resolve` gives the addresses of a name
 * (as the resolver of the machine does), none where it does not resolve.
 */
export function createHostPolicy(
  networks: readonly string[],
  resolve: (host: string) => Promise<readonly string[]>,
): HostPolicy {
  const refused = blockList(ALWAYS_REFUSED);
  const allowed = networks.length === 0 ? null : blockList(networks);
  const mayReach = (address: string): boolean => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (refused.check(address, family)) return false;
    return allowed === null || allowed.check(address, family);
  };
  return {
    async allow(host, path) {
      const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
      const addresses = isIP(bare) > 0 ? [bare] : await resolve(host);
      const outside = addresses.find((address) => !mayReach(address.replace(/%.*$/, '')));
      if (outside === undefined) return;
      const problem = `"${host}" is at ${outside}, which a task may not reach`;
      throw new CdcError('CDC_HOST_NOT_ALLOWED', `${path} ${problem}`, { details: [{ path, problem }] });
    },
  };
}
