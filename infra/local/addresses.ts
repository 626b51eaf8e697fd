/** Where servers answer, and who may log in. What starts servers writes these; demo and tests read them. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  /** An account with all rights. */
  readonly user: string;
  readonly password: string;
}

export const MYSQL_NAMES = ['mysql80', 'mysql97', 'mysql57', 'mariadb', 'mysql84'] as const;

/** mysql80 is 8.0.31, mysql57 is 5.7.22, mysql97 the newest of 9.x, mariadb 10.11. */
export type MysqlName = (typeof MYSQL_NAMES)[number];

export interface KafkaAddress {
  readonly brokers: readonly string[];
  /** The same brokers behind SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), without TLS; empty if not offered. */
  readonly saslBrokers: readonly string[];
  /** The same brokers behind TLS and SASL; only of a Kafka that was started with `kafkaTls`. */
  readonly tlsBrokers?: readonly string[];
  readonly user: string;
  readonly password: string;
}

export interface ServerAddresses {
  readonly mysql: Readonly<Partial<Record<MysqlName, MysqlAddress>>>;
  readonly kafka: KafkaAddress | null;
  readonly dynamodb: { readonly endpoint: string } | null;
}
