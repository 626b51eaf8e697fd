import type { MysqlName, ServerAddresses } from './addresses.ts';

/** What to start. Whatever is left out is not started. */
/** A listener with TLS and SASL (SCRAM-SHA-512, and OAUTHBEARER with tokens that are not signed). */
export interface KafkaTls {
  /** PEM of the server's certificate and, in PKCS8, its key. */
  readonly cert: string;
  readonly key: string;
  /** After this long a login has to be renewed. */
  readonly reauthMs: number;
}

export interface ServerRequest {
  /** `default`: one MySQL, whichever the provider has at hand most cheaply. */
  readonly mysql?: 'default' | readonly MysqlName[];
  readonly kafka?: boolean;
  readonly dynamodb?: boolean;
  /** Native servers only. */
  readonly kafkaTls?: KafkaTls;
  /** More options of the server program, `--binlog-row-metadata=FULL` say. */
  readonly mysqlOptions?: Readonly<Partial<Record<MysqlName, readonly string[]>>>;
}

export type ServerName = MysqlName | 'kafka' | 'dynamodb';

export interface RunningServers {
  readonly addresses: ServerAddresses;
  /** Ends everything that was started here and removes its data. Safe to call twice. */
  stop(): Promise<void>;
  /** An orderly stop and a start with the same address and data. */
  restart(name: ServerName): Promise<void>;
  /** `kill -9`; the server stays away until `start`. */
  kill(name: ServerName): Promise<void>;
  /** Brings a killed server back with the same address and data. */
  start(name: ServerName): Promise<void>;
}

/** Says in one line what is being done; for people who wait. */
export type Progress = (line: string) => void;

export interface StartOptions {
  readonly log: Progress;
  /** The environment of the entry file: own servers, cache folder, choice of provider. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Something is missing on this machine; the message says what, and each way to mend it. */
export class ServersError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServersError';
  }
}

/** An error that names what is missing and the ways to mend it. */
export function missing(what: string, mend: string): ServersError {
  const own = 'GALAXY_MYSQL_URL=mysql://user:password@host:port GALAXY_KAFKA_BROKERS=host:port';
  const docker = mend === 'start one' ? '' : ', or start a Docker engine';
  return new ServersError(`${what}. To mend it: ${mend}${docker}, or name servers of your own: ${own}`);
}
