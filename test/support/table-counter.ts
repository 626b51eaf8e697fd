/** What is asked of DynamoDB, and what DynamoDB says it would cost. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

interface Consumed {
  readonly CapacityUnits?: number;
  readonly ReadCapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
  readonly Table?: { readonly CapacityUnits?: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
}

interface KeyAttributes {
  readonly pk?: { readonly S?: string };
  readonly sk?: { readonly S?: string };
}

export class TableCounter {
  /** By the command's name. */
  readonly requests = new Map<string, number>();
  /** Items read by key, `META t00001`. */
  readonly reads = new Map<string, number>();
  /** Units by table or index: `table`, `by_state`, `by_task`. */
  readonly units = new Map<string, number>();

  attach(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const input = args.input as unknown as Record<string, unknown>;
        const name = String(context.commandName).replace(/Command$/, '');
        this.#add(this.requests, name, 1);
        this.#countKeys(input);
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
        const { ConsumedCapacity: consumed } = answer.output as { ConsumedCapacity?: Consumed | Consumed[] };
        for (const item of consumed === undefined ? [] : [consumed].flat()) this.#addUnits(item);
        return answer;
      },
      { step: 'initialize', name: 'countsRequests' },
    );
  }

  #add(counts: Map<string, number>, name: string, by: number): void {
    counts.set(name, (counts.get(name) ?? 0) + by);
  }

  #countKeys(input: Record<string, unknown>): void {
    const tables = Object.values((input.RequestItems ?? {}) as Record<string, { Keys?: KeyAttributes[] }>);
    const keys = tables.flatMap((table) => table.Keys ?? []);
    const one = input.Key as KeyAttributes | undefined;
    if (one !== undefined && input.UpdateExpression === undefined) keys.push(one);
    for (const { pk, sk } of keys) this.#add(this.reads, `${sk?.S} ${pk?.S?.replace('TASK#', '')}`, 1);
  }

  #addUnits(consumed: Consumed): void {
    this.#add(this.units, 'table', consumed.Table?.CapacityUnits ?? 0);
    for (const [index, { CapacityUnits = 0 }] of Object.entries(consumed.GlobalSecondaryIndexes ?? {})) {
      this.#add(this.units, index, CapacityUnits);
    }
  }

  /** How often the items of this sort key were read, by task. */
  readsOf(sk: string): Map<string, number> {
    const own = [...this.reads].filter(([name]) => name.startsWith(`${sk} `));
    return new Map(own.map(([name, times]) => [name.slice(sk.length + 1), times]));
  }

  reset(): void {
    this.requests.clear();
    this.reads.clear();
    this.units.clear();
  }
}
