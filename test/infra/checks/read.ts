/** Reading a graph: what a check asks of it. Inputs are JSON of many shapes; paths that are not there are undefined. */
import type { Graph, Inputs, Json, Resource } from '../../support/sst/graph.ts';
import { ACCOUNT, REGION } from '../../support/sst/mocks.ts';

export const ofType = (graph: Graph, type: string): Resource[] =>
  graph.resources.filter((resource) => resource.type === type);

/** The only one of its type, or the only one whose name ends so. */
export function only(graph: Graph, type: string, ending = ''): Resource {
  const found = ofType(graph, type).filter(({ name }) => name.endsWith(ending));
  const [resource] = found;
  if (resource === undefined || found.length > 1) {
    throw new Error(`${found.length} resources of ${type} ${ending}, not one`);
  }
  return resource;
}

export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, Json | undefined>)[key];
  }
  return here;
}

export const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

export function parse(value: Json | undefined): Json {
  return JSON.parse(text(value)) as Json;
}

export const sorted = (texts: readonly string[]): string[] =>
  [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** The container of the runner. */
export function container(graph: Graph): Inputs {
  const definition = only(graph, 'aws:ecs/taskDefinition:TaskDefinition');
  return list(parse(definition.inputs.containerDefinitions))[0] as Inputs;
}

export function environment(graph: Graph, fn: 'Api' | 'Sweep' | 'TaskEvents'): Inputs {
  const { inputs } = only(graph, 'aws:lambda/function:Function', `${fn}Function`);
  return at(inputs, 'environment', 'variables') as Inputs;
}

/** Collects what is wrong. `expect` compares as JSON. */
export class Problems {
  readonly found: string[] = [];

  expect(what: string, actual: Json | undefined, wanted: Json): void {
    if (JSON.stringify(actual) === JSON.stringify(wanted)) return;
    this.found.push(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`);
  }

  require(what: string, holds: boolean): void {
    if (!holds) this.found.push(what);
  }
}
