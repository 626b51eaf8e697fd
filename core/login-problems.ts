/** Which fields of a login go together: what a task's body has wrong there, as problems of its fields. */
import type { FieldProblem } from './errors.ts';

type Fields = Readonly<Record<string, unknown>>;

const isSecret = (value: unknown): boolean => typeof value === 'object' && value !== null;
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** A certificate that is not looked at would let anybody take the token. */
function tokenTlsProblem(tls: unknown, path: string, why: string): FieldProblem[] {
  if (tls === false) return [{ path, problem: `must not be false: ${why} sends its token over TLS only` }];
  return [];
}

/** The fields of a mysql_config, as they were sent. */
export function mysqlLoginProblems(mysql: Fields): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { auth, user, password, region, tls } = mysql;
  const add = (field: string, problem: string): number =>
    problems.push({ path: `mysql_config.${field}`, problem });
  const isIam = auth === 'rds_iam';
  if ((user === undefined || user === null) && (isIam || !isSecret(password))) add('user', 'is required');
  if (isIam && isGiven(password))
    add('password', 'must be left out where auth is rds_iam: a token stands in its place');
  if (!isIam && isGiven(region)) add('region', 'needs "auth": "rds_iam"');
  if (isIam) problems.push(...tokenTlsProblem(tls, 'mysql_config.tls', 'rds_iam'));
  return problems;
}

/** The fields of a kafka_conf, as they were sent. */
export function kafkaLoginProblems(kafka: Fields): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { enable_sasl: enabled, mechanism, user, password, region, tls } = kafka;
  const add = (field: string, problem: string): number =>
    problems.push({ path: `kafka_conf.${field}`, problem });
  const isIam = mechanism === 'aws_msk_iam';
  if (enabled !== true) {
    if (mechanism !== undefined) add('mechanism', 'needs "enable_sasl": true');
  } else if (isIam) {
    const why = 'must be left out where the mechanism is aws_msk_iam: a token stands in its place';
    if (isGiven(user)) add('user', why);
    if (isGiven(password)) add('password', why);
    problems.push(...tokenTlsProblem(tls, 'kafka_conf.tls', 'aws_msk_iam'));
  } else {
    if (!isGiven(user) && !isSecret(password)) add('user', 'is required where enable_sasl is true');
    if (!isGiven(password)) add('password', 'is required where enable_sasl is true');
  }
  if (!isIam && isGiven(region)) add('region', 'needs "mechanism": "aws_msk_iam"');
  return problems;
}
