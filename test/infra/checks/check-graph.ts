import type { Stage } from '../../../infra/aws/settings.ts';
import type { Graph } from '../../support/sst/graph.ts';
import { checkInvocations } from './invocations.ts';
import { checkNetwork } from './network.ts';
import { Problems } from './read.ts';
import { checkRoles } from './roles.ts';
import { checkRunner } from './runner.ts';
import { checkStorage } from './storage.ts';
import { checkWatching } from './watching.ts';

/** Everything that a deployment must be, held against what it would be; empty where it is all so. */
export function checkGraph(graph: Graph, stage: Stage): readonly string[] {
  const problems = new Problems();
  for (const check of [
    checkRunner,
    checkNetwork,
    checkStorage,
    checkInvocations,
    checkRoles,
    checkWatching,
  ]) {
    try {
      check(graph, stage, problems);
    } catch (error) {
      problems.require(`${check.name}: ${error instanceof Error ? error.message : error}`, false);
    }
  }
  return problems.found;
}
