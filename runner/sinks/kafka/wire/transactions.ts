/**
 * The requests of a producer with an id, and of its transactions (KIP-98):
 *
 *   FindCoordinator v2     key STRING, type INT8 (1: transactions)
 *                          -> throttle INT32, error INT16, message STRING, node INT32, host STRING, port INT32
 *   InitProducerId v1      transactional_id STRING, timeout_ms INT32
 *                          -> throttle INT32, error INT16, producer_id INT64, epoch INT16
 *   AddPartitionsToTxn v1  transactional_id STRING, producer_id INT64, epoch INT16, [topic STRING, [partition INT32]]
 *                          -> throttle INT32, [topic STRING, [partition INT32, error INT16]]
 *   EndTxn v1              transactional_id STRING, producer_id INT64, epoch INT16, committed BOOLEAN
 *                          -> throttle INT32, error INT16
 */
import type { Api } from './connection.ts';
import type { BrokerAddress } from './metadata.ts';

export interface ProducerId {
  readonly id: bigint;
  readonly epoch: number;
}

export const FIND_COORDINATOR: Api<{
  readonly code: number;
  readonly message: string;
  readonly address: BrokerAddress;
}> = {
  key: 10,
  version: 2,
  name: 'FindCoordinator',
  read: (reader) => {
    reader.int32();
    const code = reader.int16();
    const message = reader.string() ?? '';
    return {
      code,
      message,
      address: { node: reader.int32(), host: reader.string() ?? '', port: reader.int32() },
    };
  },
};

export const INIT_PRODUCER_ID: Api<{ readonly code: number; readonly producer: ProducerId }> = {
  key: 22,
  version: 1,
  name: 'InitProducerId',
  read: (reader) => {
    reader.int32();
    const code = reader.int16();
    return { code, producer: { id: reader.int64(), epoch: reader.int16() } };
  },
};

/** The error codes of all partitions. */
export const ADD_PARTITIONS: Api<readonly number[]> = {
  key: 24,
  version: 1,
  name: 'AddPartitionsToTxn',
  read: (reader) => {
    const codes: number[] = [];
    reader.int32();
    reader.array(() => {
      reader.string();
      reader.array(() => {
        reader.int32();
        codes.push(reader.int16());
      });
    });
    return codes;
  },
};

export const END_TRANSACTION: Api<number> = {
  key: 26,
  version: 1,
  name: 'EndTxn',
  read: (reader) => {
    reader.int32();
    return reader.int16();
  },
};
