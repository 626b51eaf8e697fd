import { TABLE, TTL_ATTRIBUTE } from '../../../core/dynamo/table.ts';
import type { Stage } from '../../../infra/aws/settings.ts';
import type { Graph, Inputs, Json } from '../../support/sst/graph.ts';
import { at, container, environment, list, only, type Problems } from './read.ts';

type KeySchema = readonly {
  readonly AttributeName?: string | undefined;
  readonly KeyType?: string | undefined;
}[];

const keyOf = (schema: KeySchema | undefined, kind: 'HASH' | 'RANGE'): string =>
  schema?.find(({ KeyType }) => KeyType === kind)?.AttributeName ?? '';

/** The table that the product makes on an emulator, in the provider's words. */
function wantedTable(): Inputs {
  return {
    attributes: (TABLE.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => ({
      name: AttributeName ?? '',
      type: AttributeType ?? '',
    })),
    billingMode: TABLE.BillingMode ?? '',
    hashKey: keyOf(TABLE.KeySchema, 'HASH'),
    rangeKey: keyOf(TABLE.KeySchema, 'RANGE'),
    globalSecondaryIndexes: (TABLE.GlobalSecondaryIndexes ?? []).map(
      ({ IndexName, KeySchema, Projection }) => ({
        hashKey: keyOf(KeySchema, 'HASH'),
        name: IndexName ?? '',
        projectionType: Projection?.ProjectionType ?? '',
        rangeKey: keyOf(KeySchema, 'RANGE'),
      }),
    ),
    ttl: { attributeName: TTL_ATTRIBUTE, enabled: true },
  };
}

export function checkStorage(graph: Graph, stage: Stage, problems: Problems): void {
  const { inputs, retainOnDelete } = only(graph, 'aws:dynamodb/table:Table');
  for (const [name, value] of Object.entries(wantedTable())) {
    problems.expect(`the table, ${name}`, inputs[name], value);
  }
  problems.expect('the table, point in time', at(inputs, 'pointInTimeRecovery', 'enabled'), true);
  problems.expect('the table, deletion protection', inputs.deletionProtectionEnabled, stage.production);
  problems.expect('the table outlives the stage', retainOnDelete, stage.production);
  problems.expect('removal', graph.app.removal, stage.production ? 'retain' : 'remove');
  problems.expect('protection', graph.app.protect, stage.production);
  for (const fn of ['Api', 'Sweep', 'TaskEvents'] as const) {
    problems.expect(`${fn}, GALAXY_TABLE`, environment(graph, fn).GALAXY_TABLE, inputs.name ?? '');
  }
  const told: Json | undefined = list(container(graph).environment).find(
    (item) => at(item, 'name') === 'GALAXY_TABLE',
  );
  problems.expect('the runner, GALAXY_TABLE', at(told, 'value'), inputs.name ?? '');
}
