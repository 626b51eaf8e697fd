/** The whole deployment, evaluated offline as SST would, and held against what it must be. Nothing of AWS is called. */
import { beforeAll, describe, expect, test } from 'vitest';
import { stageOf } from '../../infra/aws/settings.ts';
import { evaluate } from '../support/sst/evaluate.ts';
import type { Graph } from '../support/sst/graph.ts';
import { checkGraph } from './checks/check-graph.ts';
import { MUTATIONS } from './mutations.ts';
import { TEST_STAGES, TOKENS } from './stages.ts';

const NAMES = ['dev', 'production', 'given', 'joined'] as const;
const graphs = new Map<string, Graph>();

const graphOf = (name: string): Graph => {
  const graph = graphs.get(name);
  if (graph === undefined) throw new Error(`the stage ${name} was not evaluated`);
  return graph;
};

beforeAll(async () => {
  // One after another: each bundles the functions into dist/ as a deployment does.
  for (const stage of NAMES)
    graphs.set(stage, await evaluate({ stage, stages: TEST_STAGES, tokens: TOKENS }));
});

describe.each(NAMES)('the stage %s', (name) => {
  test('is all that it must be', () => {
    expect(checkGraph(graphOf(name), stageOf(name, TEST_STAGES))).toEqual([]);
  });
});

test('every function is told which capacity and how many runners at a time', () => {
  const told = graphOf('given').resources.find(({ name }) => name === 'SweepFunction')?.inputs.environment;
  expect(told).toMatchObject({
    variables: { GALAXY_CAPACITY: 'FARGATE:1,FARGATE_SPOT:3', GALAXY_ROLL_AT_ONCE: '20' },
  });
});

describe('the checks tell', () => {
  test.each(MUTATIONS)('$name', ({ change }) => {
    const before = checkGraph(graphOf('production'), stageOf('production', TEST_STAGES));
    const after = checkGraph(change(graphOf('production')), stageOf('production', TEST_STAGES));
    expect(before).toEqual([]);
    expect(after).not.toEqual([]);
  });
});

test('the stage dev deploys as it is committed', async () => {
  const { STAGES } = await import('../../infra/aws/stages.ts');
  const graph = await evaluate({ stage: 'dev', tokens: TOKENS });
  expect(checkGraph(graph, stageOf('dev', STAGES))).toEqual([]);
});

test('a production stage that tells nobody of its alarms is refused', async () => {
  const stages = { production: { kind: 'production', network: { kind: 'own', zones: 2 } } };
  await expect(evaluate({ stage: 'production', stages, tokens: TOKENS })).rejects.toThrow(
    /alarmEmail is missing/,
  );
});

test('a stage without tokens is refused, with the command that sets them', async () => {
  await expect(evaluate({ stage: 'dev', stages: TEST_STAGES })).rejects.toThrow(/sst secret set Tokens/);
});
