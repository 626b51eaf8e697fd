/** Requests to the one table: tried again where that may help, errors in our words. */
import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './attributes.ts';
import { failedCondition, requestError, Unprocessed } from './errors.ts';
import { type Key, keyItem } from './keys.ts';
import { type Patience, withPatience } from './patience.ts';

const BATCH_GET_MAX = 100;
/** DynamoDB takes 25; fewer keep a batch of the largest items small enough for one try. */
const BATCH_WRITE_MAX = 10;

type Unbound<T> = Omit<T, 'TableName'>;
/** One part of a transaction, without the table's name. */
export type TransactPart =
  | { readonly Put: Unbound<NonNullable<TransactWriteItem['Put']>> }
  | { readonly Update: Unbound<NonNullable<TransactWriteItem['Update']>> }
  | { readonly Delete: Unbound<NonNullable<TransactWriteItem['Delete']>> }
  | { readonly ConditionCheck: Unbound<NonNullable<TransactWriteItem['ConditionCheck']>> };

function* slices<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

export class Requests {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #patience: Patience;

  constructor(client: DynamoDBClient, table: string, patience: Patience) {
    this.#client = client;
    this.#table = table;
    this.#patience = patience;
  }

  async get(key: Key): Promise<Item | null> {
    const command = new GetItemCommand({ TableName: this.#table, Key: keyItem(key), ConsistentRead: true });
    const answer = await this.#try((abortSignal) => this.#client.send(command, { abortSignal }));
    return answer.Item ?? null;
  }

  /** In no order; those that are not there are left out. */
  async getMany(keys: readonly Key[]): Promise<Item[]> {
    const distinct = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
    const parts = await Promise.all([...slices(distinct, BATCH_GET_MAX)].map((some) => this.#getBatch(some)));
    return parts.flat();
  }

  async #getBatch(keys: readonly Key[]): Promise<Item[]> {
    const found: Item[] = [];
    let wanted = keys.map(keyItem);
    await this.#try(async (abortSignal) => {
      const RequestItems = { [this.#table]: { Keys: wanted, ConsistentRead: true } };
      const answer = await this.#client.send(new BatchGetItemCommand({ RequestItems }), { abortSignal });
      found.push(...(answer.Responses?.[this.#table] ?? []));
      wanted = answer.UnprocessedKeys?.[this.#table]?.Keys ?? [];
      if (wanted.length > 0) throw new Unprocessed();
    });
    return found;
  }

  /** Throws ConditionFailed with the item that stood there. */
  async put(request: Unbound<PutItemCommandInput>): Promise<void> {
    const command = new PutItemCommand({
      TableName: this.#table,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...request,
    });
    await this.#try((abortSignal) => this.#client.send(command, { abortSignal }));
  }

  /** The attributes that `ReturnValues` asks for; throws ConditionFailed. */
  async update(key: Key, change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>): Promise<Item> {
    const command = new UpdateItemCommand({ TableName: this.#table, Key: keyItem(key), ...change });
    const answer = await this.#try((abortSignal) => this.#client.send(command, { abortSignal }));
    return answer.Attributes ?? {};
  }

  /** All or nothing, and once: a try whose answer was lost is known by its token. Throws ConditionFailed. */
  async transact(parts: readonly TransactPart[]): Promise<void> {
    const TransactItems = parts.map((part): TransactWriteItem => {
      if ('Put' in part) return { Put: { TableName: this.#table, ...part.Put } };
      if ('Update' in part) return { Update: { TableName: this.#table, ...part.Update } };
      if ('Delete' in part) return { Delete: { TableName: this.#table, ...part.Delete } };
      return { ConditionCheck: { TableName: this.#table, ...part.ConditionCheck } };
    });
    const command = new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: randomUUID() });
    await this.#try((abortSignal) => this.#client.send(command, { abortSignal }));
  }

  async putMany(items: readonly Item[]): Promise<void> {
    await this.#writeMany(items.map((item) => ({ PutRequest: { Item: item } })));
  }

  async deleteMany(keys: readonly Key[]): Promise<void> {
    await this.#writeMany(keys.map((key) => ({ DeleteRequest: { Key: keyItem(key) } })));
  }

  async #writeMany(requests: readonly WriteRequest[]): Promise<void> {
    for (const batch of slices(requests, BATCH_WRITE_MAX)) {
      let wanted = batch;
      await this.#try(async (abortSignal) => {
        const RequestItems = { [this.#table]: wanted };
        const answer = await this.#client.send(new BatchWriteItemCommand({ RequestItems }), { abortSignal });
        wanted = answer.UnprocessedItems?.[this.#table] ?? [];
        if (wanted.length > 0) throw new Unprocessed();
      });
    }
  }

  /** All items, or the first `Limit`, over as many answers as it takes: one holds 1 MB at most. */
  async query(request: Unbound<QueryCommandInput>): Promise<Item[]> {
    const items: Item[] = [];
    const limit = request.Limit ?? Number.POSITIVE_INFINITY;
    let from = request.ExclusiveStartKey;
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        ...request,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        ...(request.Limit === undefined ? {} : { Limit: limit - items.length }),
      });
      const answer = await this.#try((abortSignal) => this.#client.send(command, { abortSignal }));
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
    } while (from !== undefined && items.length < limit);
    return items;
  }

  async #try<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withPatience(this.#patience, attempt);
    } catch (error) {
      throw failedCondition(error) ?? requestError(this.#table, error);
    }
  }
}
