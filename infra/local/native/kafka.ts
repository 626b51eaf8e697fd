import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaAddress } from '../addresses.ts';
import { type KafkaTls, ServersError } from '../provider.ts';
import type { SupervisedProgram } from '../supervisor.ts';
import { cachedFolder } from './cache.ts';
import { copyJars } from './maven.ts';
import { lastLines, type NativeContext, requirePrograms, runTool } from './tools.ts';

const VERSION = '4.3.0';
const USER = 'galaxy';
const PASSWORD = 'secret';
const READY_WITHIN_MS = 120_000;

export interface KafkaPorts {
  /** Only of a broker with `KafkaTls`. */
  readonly tls?: number;
  readonly plain: number;
  readonly sasl: number;
  readonly controller: number;
}

/** One Kafka broker that is its own controller, with a plain and a SASL listener on loopback. */
export class KafkaServer {
  readonly address: KafkaAddress;
  readonly #context: NativeContext;
  readonly #ports: KafkaPorts;
  readonly #folder: string;
  readonly #tls: KafkaTls | undefined;
  #jars = '';
  #process: SupervisedProgram | undefined;

  constructor(context: NativeContext, ports: KafkaPorts, tls?: KafkaTls) {
    this.#context = context;
    this.#tls = tls;
    this.#ports = ports;
    this.#folder = join(context.folder, `kafka-${ports.plain}`);
    this.address = {
      brokers: [`127.0.0.1:${ports.plain}`],
      saslBrokers: [`127.0.0.1:${ports.sasl}`],
      ...(ports.tls === undefined ? {} : { tlsBrokers: [`localhost:${ports.tls}`] }),
      user: USER,
      password: PASSWORD,
    };
  }

  async prepare(): Promise<void> {
    this.#jars = await kafkaJars(this.#context);
    const template = await dataTemplate(this.#context, this.#jars);
    await mkdir(this.#folder);
    await cp(template, this.#dataFolder, { recursive: true });
    await writeFile(this.#propertiesFile, properties(this.#ports, this.#dataFolder, this.#tls));
  }

  async start(): Promise<void> {
    this.#process = await this.#context.supervisor.start({
      program: 'java',
      args: [
        '-Xms128m',
        '-Xmx384m',
        // The quicker of the two to start, and small; this broker serves one machine.
        '-XX:+UseSerialGC',
        '-XX:MaxDirectMemorySize=256m',
        '-Djava.awt.headless=true',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        '-cp',
        join(this.#jars, '*'),
        'kafka.Kafka',
        this.#propertiesFile,
      ],
      cwd: this.#folder,
      env: this.#context.env,
      logFile: this.#logFile,
    });
    await this.#ready(this.#process);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#process?.signal(signal);
    await this.#process?.exited;
  }

  get #dataFolder(): string {
    return join(this.#folder, 'data');
  }

  get #propertiesFile(): string {
    return join(this.#folder, 'server.properties');
  }

  get #logFile(): string {
    return join(this.#folder, 'server.log');
  }

  async #ready(process: SupervisedProgram): Promise<void> {
    const kafka = new Kafka({
      brokers: [...this.address.brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 2_000,
      retry: { retries: 0 },
    });
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
      if (!process.running()) break;
      const admin = kafka.admin();
      const ready = await admin
        .connect()
        .then(() => admin.listTopics())
        .then(
          () => true,
          () => false,
        );
      await admin.disconnect().catch(() => {});
      if (ready) return;
    }
    throw new ServersError(
      `Kafka did not get ready on port ${this.#ports.plain}:\n${await lastLines(this.#logFile)}`,
    );
  }
}

async function kafkaJars(context: NativeContext): Promise<string> {
  await requirePrograms(context, ['java']);
  return await cachedFolder(context.cache, `kafka-${VERSION}`, context.log, async (folder) => {
    const artifacts = [
      { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: VERSION },
      { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
    ];
    await copyJars(context, artifacts, folder, `fetching Kafka ${VERSION} through Maven`);
  });
}

/** An empty, formatted data folder with the SASL user in it; nothing in it depends on ports. */
async function dataTemplate(context: NativeContext, jars: string): Promise<string> {
  return await cachedFolder(context.cache, `kafka-${VERSION}-data`, context.log, async (folder) => {
    context.log(`making an empty data folder for Kafka ${VERSION}`);
    const file = join(context.folder, 'kafka-format.properties');
    await writeFile(file, properties({ plain: 1, sasl: 2, controller: 3 }, folder));
    const credentials = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${USER},password=${PASSWORD}]`,
    ]);
    const clusterId = 'R2FsYXh5TG9jYWxLYWZrYQ';
    const format = ['format', '-t', clusterId, '-c', file, ...credentials];
    const args = ['-Xmx128m', '-cp', join(jars, '*'), 'kafka.tools.StorageTool', ...format];
    await runTool(context, 'java', args, 'The formatting of Kafka storage');
  });
}

/** As a value of a properties file. */
const oneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n');

/** Under a name of its own, as a certificate's is; the broker itself logs in with the subject of a token. */
function tlsProperties(tls: KafkaTls): string {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const bearer =
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";';
  return `listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER
listener.name.secure.scram-sha-512.sasl.jaas.config=${scram}
listener.name.secure.oauthbearer.sasl.jaas.config=${bearer}
listener.name.secure.scram-sha-512.connections.max.reauth.ms=${tls.reauthMs}
listener.name.secure.oauthbearer.connections.max.reauth.ms=${tls.reauthMs}
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.certificate.chain=${oneLine(tls.cert)}
listener.name.secure.ssl.keystore.key=${oneLine(tls.key)}
`;
}

function properties(ports: KafkaPorts, dataFolder: string, secure?: KafkaTls): string {
  const { plain, sasl, controller, tls } = ports;
  const listen = tls === undefined ? '' : `,SECURE://127.0.0.1:${tls}`;
  const advertise = tls === undefined ? '' : `,SECURE://localhost:${tls}`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${plain},SASL://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}${listen}
advertised.listeners=PLAINTEXT://127.0.0.1:${plain},SASL://127.0.0.1:${sasl}${advertise}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${PASSWORD}";
listener.name.sasl.scram-sha-256.sasl.jaas.config=${scram}
listener.name.sasl.scram-sha-512.sasl.jaas.config=${scram}
log.dirs=${dataFolder}
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=true
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=2097152
${secure === undefined ? '' : tlsProperties(secure)}`;
}
