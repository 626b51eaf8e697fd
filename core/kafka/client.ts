import kafkajs from 'kafkajs';
import './codecs.ts';
import type { KafkaSettings } from './settings.ts';

const { Kafka, logLevel } = kafkajs;

export interface ClientTimeouts {
  readonly connectionMs: number;
  readonly requestMs: number;
  readonly retries: number;
}

export const PATIENT: ClientTimeouts = { connectionMs: 5_000, requestMs: 30_000, retries: 8 };
export const QUICK: ClientTimeouts = { connectionMs: 3_000, requestMs: 5_000, retries: 0 };

/** A kafkajs client; it logs nothing, errors are for the caller. */
export function kafkaClient(settings: KafkaSettings, timeouts: ClientTimeouts): kafkajs.Kafka {
  const { tls, sasl } = settings;
  return new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    ssl: tls === null ? false : { ...tls },
    ...(sasl === null ? {} : { sasl: { ...sasl } as kafkajs.SASLOptions }),
    connectionTimeout: timeouts.connectionMs,
    authenticationTimeout: timeouts.connectionMs,
    requestTimeout: timeouts.requestMs,
    enforceRequestTimeout: true,
    retry: { retries: timeouts.retries, initialRetryTime: 200, maxRetryTime: 5_000 },
    logLevel: logLevel.NOTHING,
  });
}
