/**
 * The one schema of a task, in the words of the HTTP contract. The API parses bodies by it, OpenAPI is made
 * from it, the store keeps it, the runner reads it. Unknown fields are refused with their path.
 */
import { z } from 'zod';
import { databaseEntryProblem, tableEntryProblem } from './filter-entry.ts';

const name = z.string().min(1);

/**
 * A password as text, or the name (or ARN) of a secret that holds it: as plain text, or in JSON as RDS and MSK keep it,
 * `{"username": …, "password": …}`; `key` names another field of it. Stored items hold references only.
 */
export const passwordSchema = z.union([z.string(), z.strictObject({ secret: name, key: name.optional() })]);

export const tlsSchema = z.union([
  z.boolean(),
  z.strictObject({
    /** PEM of the authority that signed the server's certificate; absent: the system's. */
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: passwordSchema.optional(),
    servername: z.string().optional(),
    /** false accepts any certificate: encryption without identity. */
    verify: z.boolean().optional(),
  }),
]);

/** `host:port`, `host`, `[v6]:port`. */
const hostAndPort = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+)(:\d{1,5})?$/, 'must be host:port, without a scheme');

export const mysqlConfigSchema = z.strictObject({
  /** May be left to a secret in JSON that the password names. */
  user: name.optional(),
  password: passwordSchema.default(''),
  /** `rds_iam`: no password, but a token of Galaxy's AWS role for each connection. */
  auth: z.enum(['password', 'rds_iam']).optional(),
  /** The AWS region of an `rds_iam` server whose host name does not tell it. */
  region: name.optional(),
  host: name,
  port: z.int().min(1).max(65535).default(3306),
  /**
   * Further servers of the same topology, tried in turn when the one that is read can't serve the stream any
   * more. With GTIDs the stream goes on there; the account and `tls` are the same on all.
   */
  hosts: z.array(hostAndPort).max(16).optional(),
  tls: tlsSchema.optional(),
});

export const kafkaConfSchema = z.strictObject({
  brokers: z.array(hostAndPort).min(1),
  enable_sasl: z.boolean().default(false),
  user: z.string().optional(),
  password: passwordSchema.optional(),
  /** `aws_msk_iam`: no user and password, but a token of Galaxy's AWS role for each connection. */
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'aws_msk_iam']).optional(),
  /** The AWS region of an `aws_msk_iam` cluster whose brokers' names do not tell it. */
  region: name.optional(),
  tls: tlsSchema.optional(),
  /** Absent: `<task_id>.<database>.<table>`. With `{database}`, `{table}`, `{task_id}` in it these are put in. */
  topic: name.optional(),
  partitions: z.int().min(1).max(10_000).optional(),
  replication: z.int().min(1).max(32).optional(),
  compression: z.enum(['none', 'gzip', 'lz4', 'zstd']).optional(),
  delivery: z.enum(['at_least_once', 'exactly_once']).optional(),
  /** Absent: `<task_id>.dead_letter`. */
  dead_letter_topic: name.optional(),
  /** Key and value of one message, in bytes; absent: what each topic allows, where the brokers tell. */
  max_message_bytes: z.int().min(1_024).optional(),
});

const checkedEntry = (problemOf: (entry: string) => string | null): z.ZodString =>
  z.string().superRefine((entry, context) => {
    const problem = problemOf(entry);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

/** What of the tables is captured; the three lists that update_task replaces. */
export const filterShape = {
  database: z.array(checkedEntry(databaseEntryProblem)).default([]),
  tables: z.array(checkedEntry(tableEntryProblem)).default([]),
  exclude_table: z.array(checkedEntry(tableEntryProblem)).default([]),
};

/** `.` and `..` would vanish from a URL's path, so an id of dots alone is none. */
export const taskIdSchema = z
  .string()
  .regex(
    /^(?!\.+$)[A-Za-z0-9._-]{1,128}$/,
    'must be 1-128 of letters, digits, ".", "_", "-", and not only dots',
  );

const START_TIME_MAX = 4_294_967_295;

/** Unix seconds; as MySQL's event timestamps have 32 bits, anything above is most likely milliseconds. */
export const startTimeSchema = z
  .int()
  .min(0)
  .superRefine((seconds, context) => {
    if (seconds <= START_TIME_MAX) return;
    const meant = Math.floor(seconds / 1000);
    const guess = meant <= START_TIME_MAX ? `; ${seconds} looks like milliseconds: write ${meant}` : '';
    context.addIssue({ code: 'custom', message: `must be unix time in seconds${guess}` });
  });

/** `column`, `table.column` or `database.table.column`; names may hold `*`. */
const columnName = z
  .string()
  .regex(/^[^.\s]+(\.[^.\s]+){0,2}$/, 'must be column, table.column or db.table.column');

/** What happens where something can't be delivered as it is. Absent is the first of each list. */
export const policyShape = {
  /** A write in statement format: it carries no rows. */
  on_statement: z.enum(['warn', 'fail']).optional(),
  /** A row that can't be decoded, or a message that the sink refuses. */
  on_error: z.enum(['fail', 'dead_letter', 'skip']).optional(),
  /** A message above the sink's limit. */
  on_too_large: z.enum(['fail', 'dead_letter', 'truncate', 'skip']).optional(),
  /** The columns that `truncate` may cut, text and binary ones. */
  truncate_columns: z.array(columnName).max(1_000).optional(),
};

export const taskSpecSchema = z.strictObject({
  task_id: taskIdSchema,
  mysql_config: mysqlConfigSchema,
  ...filterShape,
  ...policyShape,
  /** Unix seconds; counts for the first start only. */
  start_time: startTimeSchema.optional(),
  kafka_conf: kafkaConfSchema,
  format: z.enum(['galaxy']).default('galaxy'),
  /** Schema changes as messages. */
  ddl: z.boolean().default(true),
  /** `runner`: the API's network can't reach the source; the runner checks and takes the position. */
  check: z.enum(['api', 'runner']).default('api'),
});

/** The fields of mysql_config that update_task may change; what is absent stays as it is. */
export const mysqlChangeSchema = z.strictObject({
  user: name.optional(),
  password: passwordSchema.optional(),
  auth: mysqlConfigSchema.shape.auth,
  region: name.optional(),
  host: name.optional(),
  port: z.int().min(1).max(65535).optional(),
  hosts: mysqlConfigSchema.shape.hosts,
  tls: tlsSchema.optional(),
});

export type TlsSpec = z.infer<typeof tlsSchema>;
export type PasswordSpec = z.infer<typeof passwordSchema>;
export type MysqlConfig = z.infer<typeof mysqlConfigSchema>;
export type KafkaConf = z.infer<typeof kafkaConfSchema>;
export type TaskSpec = z.infer<typeof taskSpecSchema>;
