/** The body of post_task from a file or from options. The API judges it: here nothing is checked twice. */
import { readFileSync } from 'node:fs';
import { CdcError } from '../../core/errors.ts';
import { type MysqlTarget, parseMysqlUrl } from '../../core/mysql/target.ts';
import { UsageError } from '../usage-error.ts';

export const BODY_OPTIONS = {
  file: { type: 'string' },
  id: { type: 'string' },
  source: { type: 'string' },
  database: { type: 'string' },
  tables: { type: 'string' },
  exclude: { type: 'string' },
  brokers: { type: 'string' },
  topic: { type: 'string' },
  'kafka-user': { type: 'string' },
  'kafka-password': { type: 'string' },
  mechanism: { type: 'string' },
  'start-time': { type: 'string' },
  check: { type: 'string' },
} as const;

export type BodyValues = { readonly [name in keyof typeof BODY_OPTIONS]?: string | undefined };

export const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function tlsOf({ tls }: MysqlTarget): unknown {
  switch (tls.kind) {
    case 'off':
      return undefined;
    case 'required':
      return true;
    default:
      return { verify: true, ...(tls.servername === undefined ? {} : { servername: tls.servername }) };
  }
}

function mysqlConfig(url: string): Record<string, unknown> {
  const target = parseMysqlUrl(url);
  const { host, port, user, password, auth, region } = target;
  const tls = tlsOf(target);
  return {
    user,
    ...(auth === undefined ? { password } : { auth }),
    ...(region === undefined ? {} : { region }),
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
  };
}

function kafkaConf(values: BodyValues): Record<string, unknown> {
  const { topic, mechanism } = values;
  const user = values['kafka-user'];
  const password = values['kafka-password'];
  return {
    brokers: listOf(values.brokers),
    enable_sasl: user !== undefined || mechanism === 'aws_msk_iam',
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(mechanism === undefined ? {} : { mechanism }),
    ...(topic === undefined ? {} : { topic }),
  };
}

/** A number as it was written; what is none goes to the API as text, to be refused there with its path. */
function numberOf(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function readBodyFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new CdcError('CDC_CONFIG', `${file} can't be read`, { cause, hint: 'Give --file a JSON file.' });
  }
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // told below, without a word of the text: it holds passwords
  }
  throw new CdcError('CDC_CONFIG', `${file} is not one JSON object`, {
    hint: 'Write it as the body of POST /v1/post_task; comments are not accepted.',
  });
}

/** From `--file`, with the other options on top, or from the options alone. */
export function readBody(values: BodyValues): Record<string, unknown> {
  const body: Record<string, unknown> = values.file === undefined ? {} : readBodyFile(values.file);
  if (values.file === undefined) {
    const missing = (['id', 'source', 'brokers'] as const).filter((name) => values[name] === undefined);
    if (missing.length > 0) {
      const names = missing.map((name) => `--${name}`).join(', ');
      throw new UsageError(`Give --file FILE, or ${names} too.`);
    }
  }
  if (values.id !== undefined) body.task_id = values.id;
  if (values.source !== undefined) body.mysql_config = mysqlConfig(values.source);
  if (values.database !== undefined) body.database = listOf(values.database);
  if (values.tables !== undefined) body.tables = listOf(values.tables);
  if (values.exclude !== undefined) body.exclude_table = listOf(values.exclude);
  if (values.brokers !== undefined) body.kafka_conf = kafkaConf(values);
  if (values['start-time'] !== undefined) body.start_time = numberOf(values['start-time']);
  if (values.check !== undefined) body.check = values.check;
  return body;
}
