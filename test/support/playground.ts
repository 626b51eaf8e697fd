import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { Answer, ApiClient } from '../../cli/demo/api-client.ts';
import { ControlPlane } from '../../cli/demo/control-plane.ts';
import { type ReadMessage, TopicReader } from '../../cli/demo/topic-reader.ts';
import type { KafkaAddress } from '../../infra/local/addresses.ts';
import { Supervisor } from '../../infra/local/supervisor.ts';
import { deliveryProblems, repeats, type Written } from './delivery.ts';
import { findProcesses } from './processes.ts';
import { type MysqlAddress, testServers } from './servers.ts';
import { Writer } from './writer.ts';

/** How long the last written row may take to arrive. Generous: test machines are busy. */
const ARRIVAL_MS = 90_000;

/** A `galaxy up` of its own with a temporary data folder, for the tests of one file. */
export class Galaxy {
  readonly controlPlane: ControlPlane;
  readonly #supervisor: Supervisor;

  private constructor(supervisor: Supervisor, controlPlane: ControlPlane) {
    this.#supervisor = supervisor;
    this.controlPlane = controlPlane;
  }

  static async up(): Promise<Galaxy> {
    const supervisor = new Supervisor();
    const folder = await mkdtemp(join(tmpdir(), 'galaxy-e2e-'));
    supervisor.removeAtEnd(folder);
    return new Galaxy(supervisor, await ControlPlane.start(supervisor, folder, process.env));
  }

  get api(): ApiClient {
    return this.controlPlane.api;
  }

  /** Process ids of the runners that it has started. */
  async runners(): Promise<number[]> {
    return await findProcesses('runner/main', this.controlPlane.dataFolder);
  }

  async down(): Promise<void> {
    await this.controlPlane.stop('SIGTERM');
    await this.#supervisor.close();
  }
}

/** A task with a database, a writer and a reader of its own. */
export class Playground {
  readonly taskId: string;
  readonly database: string;
  readonly writer: Writer;
  readonly reader: TopicReader;
  readonly tables: readonly string[];
  readonly #api: ApiClient;
  readonly #mysql: MysqlAddress;
  readonly #kafka: KafkaAddress;

  private constructor(
    api: ApiClient,
    mysql: MysqlAddress,
    kafka: KafkaAddress,
    tables: readonly string[],
    database: string,
  ) {
    this.#api = api;
    this.#mysql = mysql;
    this.#kafka = kafka;
    this.database = database;
    this.taskId = `task_${database}`;
    this.tables = tables;
    this.writer = new Writer(mysql, database, tables);
    this.reader = new TopicReader(kafka.brokers);
  }

  static async open(
    api: ApiClient,
    mysql: MysqlAddress,
    options: { readonly kafka?: KafkaAddress; readonly tables?: readonly string[] } = {},
  ): Promise<Playground> {
    const kafka = options.kafka ?? testServers().kafka;
    if (kafka === null) throw new Error('The tests have no Kafka');
    const database = `e2e_${randomBytes(4).toString('hex')}`;
    const playground = new Playground(api, mysql, kafka, options.tables ?? ['orders', 'items'], database);
    await playground.sql(`CREATE DATABASE ${database}`);
    await playground.writer.createTables();
    playground.reader.read(playground.tables.map((table) => playground.topic(table)));
    return playground;
  }

  topic(table: string): string {
    return `${this.taskId}.${this.database}.${table}`;
  }

  /** The body of post_task, with what a test wants otherwise. */
  body(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const { host, port, user, password } = this.#mysql;
    return {
      task_id: this.taskId,
      mysql_config: { user, password, host, port },
      database: this.database,
      tables: [],
      exclude_table: [],
      kafka_conf: { enable_sasl: false, brokers: this.#kafka.brokers },
      ...changes,
    };
  }

  /** Posts the task and waits until it runs. */
  async post(changes: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const answer = await this.#api.mustPost('/v1/post_task', this.body(changes));
    await this.#api.waitForState(this.taskId, 'running');
    return answer;
  }

  async stop(): Promise<void> {
    await this.#api.mustPost('/v1/stop_task', { task_id: this.taskId, stop_type: 'stop' });
    await this.#api.waitForState(this.taskId, 'stopped');
  }

  async resume(stopType: 'recovery_v1' | 'recovery_v2'): Promise<void> {
    await this.#api.mustPost('/v1/stop_task', { task_id: this.taskId, stop_type: stopType });
    await this.#api.waitForState(this.taskId, 'running');
  }

  /** Runs one statement on a connection of its own, perhaps after one that sets it up. */
  async sql(statement: string, before?: string): Promise<unknown> {
    const { host, port, user, password } = this.#mysql;
    const connection = await createConnection({ host, port, user, password });
    try {
      if (before !== undefined) await connection.query(before);
      const [rows] = await connection.query(statement);
      return rows;
    } finally {
      await connection.end();
    }
  }

  /** Waits until all these changes have come and gives what is wrong with what came; nothing is right. */
  async problems(written: readonly Written[] = this.writer.written): Promise<string[]> {
    const distinct = (messages: readonly ReadMessage[]): number => messages.length - repeats(messages);
    await this.reader.until((messages) => distinct(messages) >= written.length, ARRIVAL_MS);
    return deliveryProblems(written, this.reader.messages);
  }

  /** Messages that came more than once. */
  get repeats(): number {
    return repeats(this.reader.messages);
  }

  async close(): Promise<void> {
    await this.writer.stop();
    await this.#api.post(`/v1/delete_task/${this.taskId}`).catch(() => {});
    await this.reader.close();
    await this.sql(`DROP DATABASE ${this.database}`).catch(() => {});
    await this.sql(`DROP DATABASE ${this.database}_ledger`).catch(() => {});
  }
}
