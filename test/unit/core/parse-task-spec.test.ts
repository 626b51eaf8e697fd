import { describe, expect, test } from 'vitest';
import { CdcError, type FieldProblem } from '../../../core/errors.ts';
import { parseTaskSpec } from '../../../core/parse-task-spec.ts';

const REFERENCE_BODY = {
  task_id: 'task_id',
  mysql_config: { user: 'root', password: 'root', host: '192.168.88.11', port: 3307 },
  database: 'test',
  tables: [],
  exclude_table: [],
  start_time: 1624355996,
  kafka_conf: {
    enable_sasl: false,
    brokers: ['192.168.88.11:9082', '192.168.88.11:9083', '192.168.88.11:9084'],
    user: 'user',
    password: 'password',
  },
  nsq_conf: {},
  mongo_db_conf: {},
  es_conf: {},
};

const MINIMAL = {
  task_id: 't',
  mysql_config: { user: 'u', host: 'h' },
  kafka_conf: { brokers: ['k:9092'] },
};

function failure(body: unknown): CdcError {
  try {
    parseTaskSpec(body);
  } catch (error) {
    if (error instanceof CdcError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

const problems = (body: unknown): readonly FieldProblem[] => failure(body).details;

test("the reference README's full example body works as it stands", () => {
  expect(parseTaskSpec(REFERENCE_BODY)).toEqual({
    task_id: 'task_id',
    mysql_config: { user: 'root', password: 'root', host: '192.168.88.11', port: 3307 },
    database: ['test'],
    tables: [],
    exclude_table: [],
    start_time: 1624355996,
    kafka_conf: REFERENCE_BODY.kafka_conf,
    format: 'galaxy',
    ddl: true,
    check: 'api',
  });
});

test('a body of the least fields gets the defaults', () => {
  const spec = parseTaskSpec(MINIMAL);
  expect(spec.mysql_config).toEqual({ user: 'u', host: 'h', password: '', port: 3306 });
  expect(spec.database).toEqual([]);
  expect(spec.kafka_conf.enable_sasl).toBe(false);
});

test('null stands for absent and empty names say nothing', () => {
  const spec = parseTaskSpec({
    ...MINIMAL,
    database: ['', 'a*'],
    tables: null,
    exclude_table: '',
    nsq_conf: null,
    start_time: null,
  });
  expect(spec).toMatchObject({ database: ['a*'], tables: [], exclude_table: [] });
  expect(spec.start_time).toBeUndefined();
});

test('all problems are told at once, each with its path', () => {
  const body = {
    task_id: 'a b',
    mysql_config: { user: '', host: 5, port: 70_000, pasword: 'x' },
    database: 7,
    tables: ['ok', '.t', 'db.'],
    exclude_table: [3],
    kafka_conf: { brokers: ['', 'http://k:1'], partitions: 0, compression: 'snappy', tls: { veryfy: true } },
    checks: 'api',
    ddl: 'yes',
  };
  expect(problems(body)).toEqual(
    expect.arrayContaining([
      {
        path: 'task_id',
        problem: 'must be 1-128 of letters, digits, ".", "_", "-", and not only dots',
      },
      { path: 'mysql_config.user', problem: 'must not be empty' },
      { path: 'mysql_config.host', problem: 'must be text' },
      { path: 'mysql_config.port', problem: 'must be at most 65535' },
      { path: 'mysql_config.pasword', problem: 'is not a known field; did you mean "password"?' },
      { path: 'database', problem: 'must be a list' },
      { path: 'tables[1]', problem: 'has no database name' },
      { path: 'tables[2]', problem: 'has no table name' },
      { path: 'exclude_table[0]', problem: 'must be text' },
      { path: 'kafka_conf.brokers[0]', problem: 'must be host:port, without a scheme' },
      { path: 'kafka_conf.brokers[1]', problem: 'must be host:port, without a scheme' },
      { path: 'kafka_conf.partitions', problem: 'must be at least 1' },
      { path: 'kafka_conf.compression', problem: 'must be one of "none", "gzip", "lz4", "zstd"' },
      { path: 'kafka_conf.tls.veryfy', problem: 'is not a known field; did you mean "verify"?' },
      { path: 'checks', problem: 'is not a known field; did you mean "check"?' },
      { path: 'ddl', problem: 'must be true or false' },
    ]),
  );
  expect(problems(body)).toHaveLength(16);
});

test.each([
  [[], [{ path: 'body', problem: 'must be an object' }]],
  [null, [{ path: 'body', problem: 'must be an object' }]],
  ['x', [{ path: 'body', problem: 'must be an object' }]],
  [
    {},
    [
      { path: 'task_id', problem: 'is required' },
      { path: 'mysql_config', problem: 'is required' },
      { path: 'kafka_conf', problem: 'is required: a task needs one sink' },
    ],
  ],
])('%j is refused by what it lacks', (body, expected) => {
  expect(problems(body)).toEqual(expected);
});

test('two sinks are both named', () => {
  expect(problems({ ...MINIMAL, nsq_conf: { nsqd: 'x' } })).toEqual([
    { path: 'kafka_conf', problem: 'must stand alone; the body has kafka_conf and nsq_conf' },
    { path: 'nsq_conf', problem: 'must stand alone; the body has kafka_conf and nsq_conf' },
  ]);
});

test.each([
  [{ nsq_conf: { nsqd: 'x:1' }, kafka_conf: {} }, 'nsq_conf'],
  [{ mongo_db_conf: { uri: 'mongodb://x' }, kafka_conf: undefined }, 'mongo_db_conf'],
  [{ es_conf: { nodes: ['x'] }, kafka_conf: null }, 'es_conf'],
  [{ format: 'debezium' }, 'format'],
  [{ format: 'canal' }, 'format'],
])('%j is refused as not supported yet', (fields, path) => {
  const error = failure({ ...MINIMAL, ...fields });
  expect(error.code).toBe('CDC_NOT_SUPPORTED');
  expect(error.status).toBe(422);
  expect(error.details.map((detail) => detail.path)).toEqual([path]);
});

test('a sound mistake comes before what is not supported', () => {
  const error = failure({ ...MINIMAL, task_id: '', format: 'maxwell' });
  expect(error.code).toBe('CDC_INVALID_REQUEST');
  expect(error.details).toHaveLength(1);
});

test('a format that no version knows is a wrong value', () => {
  expect(problems({ ...MINIMAL, format: 'xml' })).toEqual([{ path: 'format', problem: 'must be "galaxy"' }]);
});

test('SASL needs a user and a password', () => {
  expect(problems({ ...MINIMAL, kafka_conf: { brokers: ['k:1'], enable_sasl: true, user: '' } })).toEqual([
    { path: 'kafka_conf.user', problem: 'is required where enable_sasl is true' },
    { path: 'kafka_conf.password', problem: 'is required where enable_sasl is true' },
  ]);
});

const RDS = { host: 'db.x.eu-west-1.rds.amazonaws.com', auth: 'rds_iam' };
test.each([
  [{ ...RDS, user: 'u', password: 'p' }, 'password', /must be left out/],
  [{ ...RDS, user: 'u', password: { secret: 's' } }, 'password', /must be left out/],
  [{ ...RDS, user: 'u', tls: false }, 'tls', /must not be false/],
  [{ ...RDS }, 'user', /is required/],
  [{ ...RDS, user: 'u', auth: 'iam' }, 'auth', /must be/],
  [{ host: 'h', user: 'u', region: 'eu-west-1' }, 'region', /needs "auth": "rds_iam"/],
  [{ host: 'h', password: 'p' }, 'user', /is required/],
  [{ host: 'h' }, 'user', /is required/],
])('the login %j is refused at %s', (mysql_config, field, problem) => {
  expect(problems({ ...MINIMAL, mysql_config })).toEqual([
    { path: `mysql_config.${field}`, problem: expect.stringMatching(problem) },
  ]);
});

test.each([
  [{ ...RDS, user: 'u' }],
  [{ ...RDS, user: 'u', password: '', tls: true, region: 'eu-west-1' }],
  [{ host: 'h', password: { secret: 's', key: 'pw' } }],
  [{ host: 'h', user: 'u', auth: 'password', password: 'p' }],
])('the login %j is taken', (mysql_config) => {
  expect(parseTaskSpec({ ...MINIMAL, mysql_config }).mysql_config).toMatchObject(mysql_config);
});

const MSK = { brokers: ['k:9098'], enable_sasl: true, mechanism: 'aws_msk_iam' };
test.each([
  [{ ...MSK, user: 'u' }, 'user', /must be left out/],
  [{ ...MSK, password: 'p' }, 'password', /must be left out/],
  [{ ...MSK, tls: false }, 'tls', /must not be false/],
  [{ ...MSK, enable_sasl: false }, 'mechanism', /needs "enable_sasl": true/],
  [{ brokers: ['k:9098'], region: 'eu-west-1' }, 'region', /needs "mechanism": "aws_msk_iam"/],
])('the Kafka login %j is refused at %s', (kafka_conf, field, problem) => {
  expect(problems({ ...MINIMAL, kafka_conf })).toEqual([
    { path: `kafka_conf.${field}`, problem: expect.stringMatching(problem) },
  ]);
});

test('the roles and the secrets of MSK need no user', () => {
  for (const kafka_conf of [
    { ...MSK, region: 'eu-west-1' },
    { ...MSK, mechanism: 'scram-sha-512', password: { secret: 'AmazonMSK_x' }, tls: true },
  ]) {
    expect(parseTaskSpec({ ...MINIMAL, kafka_conf }).kafka_conf).toMatchObject(kafka_conf);
  }
});

test('a mechanism without SASL is a slip', () => {
  expect(problems({ ...MINIMAL, kafka_conf: { brokers: ['k:1'], mechanism: 'plain' } })).toEqual([
    { path: 'kafka_conf.mechanism', problem: 'needs "enable_sasl": true' },
  ]);
});

test('a start_time in milliseconds is told the seconds', () => {
  expect(problems({ ...MINIMAL, start_time: 1_624_355_996_000 })).toEqual([
    {
      path: 'start_time',
      problem: 'must be unix time in seconds; 1624355996000 looks like milliseconds: write 1624355996',
    },
  ]);
});

test.each(['x', 1.5, -1, true])('start_time %j is refused', (start_time) => {
  expect(problems({ ...MINIMAL, start_time })[0]?.path).toBe('start_time');
});

test('fields named like parts of the prototype are unknown fields', () => {
  const body: unknown = JSON.parse(
    `{"__proto__": {"admin": true}, "constructor": 1, ${JSON.stringify(MINIMAL).slice(1)}`,
  );
  expect(problems(body).map((problem) => problem.path)).toEqual(['__proto__', 'constructor']);
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
});

test.each(['.', '..', 'a/b', 'ü', '', 'x'.repeat(129)])('the task id %j is refused', (task_id) => {
  expect(problems({ ...MINIMAL, task_id })[0]?.path).toBe('task_id');
});

test('a password may be a reference', () => {
  const spec = parseTaskSpec({
    ...MINIMAL,
    mysql_config: { user: 'u', host: 'h', password: { secret: 'arn:x' }, tls: { key: { secret: 'k' } } },
  });
  expect(spec.mysql_config.password).toEqual({ secret: 'arn:x' });
});

test.each([
  [5, { path: 'mysql_config.password', problem: 'must be text or an object' }],
  [{ secret: '' }, { path: 'mysql_config.password.secret', problem: 'must not be empty' }],
  [{ sekret: 'x' }, { path: 'mysql_config.password.secret', problem: 'is required' }],
])('the password %j is refused', (password, expected) => {
  expect(problems({ ...MINIMAL, mysql_config: { user: 'u', host: 'h', password } })).toContainEqual(expected);
});

test('filter names are bounded together', () => {
  const tables = Array.from({ length: 1000 }, (_, index) =>
    `table_of_a_rather_long_name_${index}`.padEnd(40, 'x'),
  );
  expect(problems({ ...MINIMAL, tables })).toEqual([
    { path: 'tables', problem: 'are 40000 bytes of names; at most 32768: use "*"' },
  ]);
});

describe('several servers of one topology', () => {
  const body = (mysql: object) => ({
    task_id: 't',
    mysql_config: { user: 'u', ...mysql },
    kafka_conf: { brokers: ['b:9092'] },
  });
  test.each([
    [{ hosts: ['a:3307', 'b'] }, { host: 'a', port: 3307, hosts: ['a:3307', 'b'] }],
    [{ hosts: ['[::1]:3307'] }, { host: '::1', port: 3307, hosts: ['[::1]:3307'] }],
    [
      { host: 'x', hosts: ['a:3307'] },
      { host: 'x', port: 3306, hosts: ['a:3307'] },
    ],
    [
      { host: 'x', hosts: [] },
      { host: 'x', port: 3306 },
    ],
  ])('%j is %j', (given, wanted) => {
    expect(parseTaskSpec(body(given)).mysql_config).toEqual({ user: 'u', password: '', ...wanted });
  });

  test('are refused where one is no address', () => {
    expect(() => parseTaskSpec(body({ hosts: ['a', 'http://b'] }))).toThrow(
      expect.objectContaining({
        details: [{ path: 'mysql_config.hosts[1]', problem: 'must be host:port, without a scheme' }],
      }),
    );
  });
});

test('truncate needs the columns that may be cut', () => {
  const body = { task_id: 't', mysql_config: { user: 'u', host: 'h' }, kafka_conf: { brokers: ['b'] } };
  expect(() => parseTaskSpec({ ...body, on_too_large: 'truncate' })).toThrow(
    expect.objectContaining({
      details: [{ path: 'truncate_columns', problem: 'is required where on_too_large is truncate' }],
    }),
  );
  const spec = parseTaskSpec({
    ...body,
    on_too_large: 'truncate',
    truncate_columns: ['t.text'],
    on_error: 'skip',
  });
  expect(spec).toMatchObject({ on_too_large: 'truncate', truncate_columns: ['t.text'], on_error: 'skip' });
});
