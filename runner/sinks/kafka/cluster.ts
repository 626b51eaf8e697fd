import { setTimeout as sleep } from 'node:timers/promises';
import { CdcError } from '../../../core/errors.ts';
import type { KafkaSettings, SaslMechanism } from '../../../core/kafka/settings.ts';
import { connectWith, type Login } from '../../../core/login.ts';
import { KafkaConnection } from './wire/connection.ts';
import {
  CREATE_TOPICS,
  type CreatedTopic,
  type WantedTopic,
  writeCreateTopics,
} from './wire/create-topics.ts';
import { brokerError, KAFKA, remedyOf } from './wire/error-codes.ts';
import { type BrokerAddress, type ClusterMetadata, METADATA, type TopicMetadata } from './wire/metadata.ts';
import { authenticate } from './wire/sasl.ts';
import { FIND_COORDINATOR } from './wire/transactions.ts';

export interface ClusterTimeouts {
  readonly connectMs: number;
  readonly requestMs: number;
}

/** `host:port`, `[v6]:port`. */
function parseBroker(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}

const COORDINATOR_OF_TRANSACTIONS = 1;

/** The brokers of a cluster: who is where, and one connection to each that is needed. */
export class KafkaCluster {
  readonly #settings: KafkaSettings;
  readonly #timeouts: ClusterTimeouts;
  readonly #addresses = new Map<number, BrokerAddress>();
  readonly #connections = new Map<string, Promise<KafkaConnection>>();
  #closed: boolean = false;

  constructor(settings: KafkaSettings, timeouts: ClusterTimeouts) {
    this.#settings = settings;
    this.#timeouts = timeouts;
  }

  close(): void {
    this.#closed = true;
    for (const opening of this.#connections.values()) {
      opening.then(
        (connection) => connection.close(),
        () => undefined,
      );
    }
    this.#connections.clear();
  }

  /** Any broker that answers: those that are known, then those of the settings. */
  async any(): Promise<KafkaConnection> {
    const known = [...this.#addresses.values()];
    const listed = this.#settings.brokers.map(parseBroker);
    let failure: unknown = null;
    for (const { host, port } of [...known, ...listed]) {
      try {
        return await this.#connect(host, port);
      } catch (error) {
        failure = error;
        // a refused login is the same everywhere
        if (error instanceof CdcError && !error.retryable) throw error;
      }
    }
    throw failure;
  }

  /** CDC_SINK_UNREACHABLE where that broker is not known or not there. */
  node(node: number): Promise<KafkaConnection> {
    const address = this.#addresses.get(node);
    if (address === undefined) {
      return Promise.reject(
        new CdcError('CDC_SINK_UNREACHABLE', `no broker ${node} in the cluster's metadata`),
      );
    }
    return this.#connect(address.host, address.port);
  }

  /** Makes topics, each with an answer of its own. */
  async createTopics(wanted: readonly WantedTopic[]): Promise<readonly CreatedTopic[]> {
    const { controller } = await this.#ask([]);
    const connection = controller < 0 ? await this.any() : await this.node(controller);
    return connection.send(CREATE_TOPICS, (body) =>
      writeCreateTopics(body, wanted, this.#timeouts.requestMs / 2),
    );
  }

  /** Asks for the leaders of these topics; what is not there has a code. */
  async metadata(topics: readonly string[]): Promise<readonly TopicMetadata[]> {
    return (await this.#ask(topics)).topics;
  }

  async #ask(topics: readonly string[]): Promise<ClusterMetadata> {
    const connection = await this.any();
    const answer: ClusterMetadata = await connection.send(METADATA, (body) =>
      body.array(topics, (topic) => body.string(topic)).boolean(false),
    );
    if (answer.brokers.length > 0) this.#addresses.clear();
    for (const address of answer.brokers) this.#addresses.set(address.node, address);
    return answer;
  }

  /** The broker that coordinates a transactional id; waits for one for as long as the request may take. */
  async coordinator(transactionalId: string): Promise<number> {
    const endMs = performance.now() + this.#timeouts.requestMs;
    for (;;) {
      const connection = await this.any();
      const { code, message, address } = await connection.send(FIND_COORDINATOR, (body) =>
        body.string(transactionalId).int8(COORDINATOR_OF_TRANSACTIONS),
      );
      if (code === KAFKA.NONE) {
        this.#addresses.set(address.node, address);
        return address.node;
      }
      if (remedyOf(code) === 'end' || performance.now() > endMs) {
        throw brokerError(code, 'looking for the coordinator of the transactions', message);
      }
      await sleep(100);
    }
  }

  async #connect(host: string, port: number): Promise<KafkaConnection> {
    if (this.#closed) throw new CdcError('CDC_SINK_UNREACHABLE', 'the connection to Kafka was closed');
    const key = `${host}:${port}`;
    const known = this.#connections.get(key);
    if (known !== undefined) {
      const connection = await known.catch(() => null);
      if (connection !== null && !connection.isClosed) return connection;
      if (this.#connections.get(key) === known) this.#connections.delete(key);
      return this.#connect(host, port);
    }
    const opening = this.#open(host, port);
    this.#connections.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      this.#connections.delete(key);
      throw error;
    }
  }

  #open(host: string, port: number): Promise<KafkaConnection> {
    const { sasl } = this.#settings;
    if (sasl === null) return this.#connectTo(host, port);
    const { login: source, mechanism, username: user, password } = sasl;
    if (source === undefined) return this.#logIn(host, port, mechanism, async () => ({ user, password }));
    return connectWith(
      source,
      (login) => {
        // the first time with what was asked for already, later with what is to be had then
        let known: Login | null = login;
        return this.#logIn(host, port, mechanism, async () => {
          const next = known ?? (await source.current());
          known = null;
          return next;
        });
      },
      refusalOf,
    );
  }

  async #logIn(
    host: string,
    port: number,
    mechanism: SaslMechanism,
    login: () => Promise<Login>,
  ): Promise<KafkaConnection> {
    const connection = await this.#connectTo(host, port);
    try {
      await connection.logIn(async (send) => authenticate(send, mechanism, await login()));
    } catch (error) {
      connection.close();
      throw error;
    }
    if (this.#closed) connection.close();
    return connection;
  }

  async #connectTo(host: string, port: number): Promise<KafkaConnection> {
    const { tls, clientId, network } = this.#settings;
    const { connectMs: connectTimeoutMs, requestMs: requestTimeoutMs } = this.#timeouts;
    const connection = await KafkaConnection.open({
      host,
      port,
      tls,
      clientId,
      network,
      connectTimeoutMs,
      requestTimeoutMs,
    });
    if (this.#closed) connection.close();
    return connection;
  }
}

/** A refusal that another password may mend. */
function refusalOf(error: unknown): CdcError | null {
  return error instanceof CdcError && error.code === 'CDC_SINK_ACCESS_DENIED' ? error : null;
}
