import { CdcError } from './errors.ts';

/** Port: tokens that stand for the AWS role of this process, each good for one login within its 15 minutes. */
export interface IamTokens {
  /** In place of a password at RDS and Aurora. */
  rds(at: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly region: string;
  }): Promise<string>;
  /** For SASL/OAUTHBEARER at MSK. */
  msk(region: string): Promise<string>;
}

const RDS_HOST = /\.([a-z]{2}(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.com(\.cn)?$/i;
const MSK_HOST = /\.(?:kafka|kafka-serverless)\.([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com(\.cn)?$/i;

/** Whether RDS signs the certificate of this host. */
export const isRdsHost = (host: string): boolean => RDS_HOST.test(host.replace(/\.$/, ''));

function region(found: string | undefined, fallback: string | undefined, field: string): string {
  const name = found?.toLowerCase() ?? fallback ?? '';
  if (name !== '') return name;
  throw new CdcError('CDC_INVALID_REQUEST', `the AWS region of ${field} is not known`, {
    details: [{ path: `${field}.region`, problem: 'is required: the name of the host does not tell it' }],
    hint: `Give ${field}.region, as eu-west-1, or set AWS_REGION.`,
  });
}

/** Of the task's words, else the host's name, else `fallback` (AWS_REGION). CDC_INVALID_REQUEST where none tells. */
export function rdsRegion(wanted: string | undefined, host: string, fallback: string | undefined): string {
  return region(wanted ?? RDS_HOST.exec(host.replace(/\.$/, ''))?.[1], fallback, 'mysql_config');
}

/** As rdsRegion, by the brokers' names (`host:port`). */
export function mskRegion(
  wanted: string | undefined,
  brokers: readonly string[],
  fallback: string | undefined,
): string {
  const named = brokers.map((broker) => MSK_HOST.exec(broker.replace(/:\d+$/, ''))?.[1]);
  return region(wanted ?? named.find((name) => name !== undefined), fallback, 'kafka_conf');
}
