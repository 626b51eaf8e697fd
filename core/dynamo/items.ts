/** Requests to the table, with keys and errors in our words. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { CdcError } from '../errors.ts';

export type Item = Record<string, AttributeValue>;
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export const taskKey = (taskId: string): string => `TASK#${taskId}`;
export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const textOf = (item: Item, name: string): string => item[name]?.S ?? '';
export const numberOf = (item: Item, name: string): number => Number(item[name]?.N ?? 0);

const BATCH_GET_MAX = 100;
const BATCH_WRITE_MAX = 25;
const keyOf = ({ pk, sk }: Key): Item => ({ pk: text(pk), sk: text(sk) });

/** A condition did not hold; `item` is what stood there, where it was asked for. */
export class ConditionFailed extends Error {
  readonly item: Item | null;

  constructor(item: Item | null) {
    super('the condition did not hold');
    this.name = 'ConditionFailed';
    this.item = item;
  }
}

export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async get(key: Key): Promise<Item | null> {
    const request = { TableName: this.#name, Key: keyOf(key), ConsistentRead: true };
    const answer = await this.#guard(() => this.#client.send(new GetItemCommand(request)));
    return answer.Item ?? null;
  }

  async getMany(keys: readonly Key[]): Promise<Item[]> {
    const found: Item[] = [];
    for (let from = 0; from < keys.length; from += BATCH_GET_MAX) {
      let wanted: Item[] | undefined = keys.slice(from, from + BATCH_GET_MAX).map(keyOf);
      while (wanted !== undefined && wanted.length > 0) {
        const request: BatchGetItemCommandInput = {
          RequestItems: { [this.#name]: { Keys: wanted, ConsistentRead: true } },
        };
        const answer: BatchGetItemCommandOutput = await this.#guard(() =>
          this.#client.send(new BatchGetItemCommand(request)),
        );
        found.push(...(answer.Responses?.[this.#name] ?? []));
        wanted = answer.UnprocessedKeys?.[this.#name]?.Keys;
      }
    }
    return found;
  }

  /** Throws ConditionFailed with the item that stood there. */
  async put(
    item: Item,
    condition?: Pick<
      UpdateItemCommandInput,
      'ConditionExpression' | 'ExpressionAttributeValues' | 'ExpressionAttributeNames'
    >,
  ): Promise<void> {
    await this.#guard(() =>
      this.#client.send(
        new PutItemCommand({
          TableName: this.#name,
          Item: item,
          ...condition,
          ...(condition === undefined ? {} : { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
        }),
      ),
    );
  }

  /** The item as it is after it; throws ConditionFailed. */
  async update(key: Key, change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>): Promise<Item> {
    const request = { TableName: this.#name, Key: keyOf(key), ReturnValues: 'ALL_NEW' as const, ...change };
    const answer = await this.#guard(() => this.#client.send(new UpdateItemCommand(request)));
    return answer.Attributes ?? {};
  }

  async delete(key: Key, condition: { expression: string; values: Item }): Promise<void> {
    const request = {
      TableName: this.#name,
      Key: keyOf(key),
      ConditionExpression: condition.expression,
      ExpressionAttributeValues: condition.values,
    };
    await this.#guard(() => this.#client.send(new DeleteItemCommand(request)));
  }

  async deleteMany(keys: readonly Key[]): Promise<void> {
    for (let from = 0; from < keys.length; from += BATCH_WRITE_MAX) {
      let requests = keys
        .slice(from, from + BATCH_WRITE_MAX)
        .map((key) => ({ DeleteRequest: { Key: keyOf(key) } }));
      while (requests.length > 0) {
        const batch = { RequestItems: { [this.#name]: requests } };
        const answer = await this.#guard(() => this.#client.send(new BatchWriteItemCommand(batch)));
        requests = (answer.UnprocessedItems?.[this.#name] ?? []) as typeof requests;
      }
    }
  }

  /** All pages of a query. */
  async query(request: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
    const items: Item[] = [];
    let from: Item | undefined;
    do {
      const page = {
        TableName: this.#name,
        ...request,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      };
      const answer = await this.#guard(() => this.#client.send(new QueryCommand(page)));
      items.push(...(answer.Items ?? []));
      from = request.Limit === undefined ? answer.LastEvaluatedKey : undefined;
    } while (from !== undefined);
    return items;
  }

  async count(request: Omit<QueryCommandInput, 'TableName'>): Promise<number> {
    let total = 0;
    let from: Item | undefined;
    do {
      const page = {
        TableName: this.#name,
        ...request,
        Select: 'COUNT' as const,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      };
      const answer = await this.#guard(() => this.#client.send(new QueryCommand(page)));
      total += answer.Count ?? 0;
      from = answer.LastEvaluatedKey;
    } while (from !== undefined);
    return total;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
        throw new ConditionFailed('Item' in error ? ((error.Item as Item | undefined) ?? null) : null);
      }
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new CdcError('CDC_STORE_UNAVAILABLE', `DynamoDB: ${message}`, { cause: error });
    }
  }
}

/** Runs `work`; a condition that did not hold becomes what `otherwise` makes of the item that stood there. */
export async function onConflict<T>(work: () => Promise<T>, otherwise: (item: Item | null) => T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConditionFailed) return otherwise(error.item);
    throw error;
  }
}
