/** Which hosts a task may name, told before anything is stored; the connections themselves are held to it as well. */
import { isIP } from 'node:net';
import { type NetworkPolicy, notAllowed } from '../../core/network-policy.ts';

export interface HostPolicy {
  /** CDC_HOST_NOT_ALLOWED where an address of `host` lies outside; `path` names the field. A name that does not
   * resolve passes: the connection then fails with its own error. */
  allow(host: string, path: string): Promise<void>;
}

/** `resolve` gives the addresses of a name (as the resolver of the machine does), none where it does not resolve. */
export function createHostPolicy(
  network: NetworkPolicy,
  resolve: (host: string) => Promise<readonly string[]>,
): HostPolicy {
  return {
    async allow(host, path) {
      const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
      const addresses = isIP(bare) > 0 ? [bare] : await resolve(host);
      const outside = addresses.find((address) => !network.mayReach(address));
      if (outside !== undefined) throw notAllowed(host, outside, path);
    },
  };
}
