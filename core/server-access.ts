import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { IamTokens } from './iam-tokens.ts';
import { guardedLookup, type NetworkPolicy } from './network-policy.ts';

/** What connections to the servers of tasks have from the process that makes them, beside a task's own words. */
export interface ServerAccess {
  /** Loaded at the first token. Absent: logins by an AWS role are refused. */
  readonly tokens?: () => Promise<IamTokens>;
  /** AWS_REGION. */
  readonly region?: string;
  /** Absent: every address may be reached. */
  readonly network?: NetworkPolicy;
}

/** For node:net's `lookup`. */
export function lookupOf(network: NetworkPolicy | undefined): { readonly lookup?: LookupFunction } {
  return network === undefined ? {} : { lookup: guardedLookup(network, lookup as LookupFunction) };
}
