import type { Stage } from '../../../infra/aws/settings.ts';
import type { Graph, Json } from '../../support/sst/graph.ts';
import { at, environment, list, ofType, only, type Problems, text } from './read.ts';

/** Where a subnet's packets for the internet go: through a NAT gateway, or out of it (and in) by themselves. */
function checkPrivate(graph: Graph, subnetId: string, problems: Problems): void {
  const subnet = ofType(graph, 'aws:ec2/subnet:Subnet').find(({ id }) => id === subnetId);
  if (subnet === undefined) {
    problems.require(`${subnetId} is no subnet of the stage`, false);
    return;
  }
  problems.expect(`${subnetId}, public addresses`, subnet.inputs.mapPublicIpOnLaunch ?? false, false);
  const association = ofType(graph, 'aws:ec2/routeTableAssociation:RouteTableAssociation').find(
    ({ inputs }) => inputs.subnetId === subnetId,
  );
  const table = ofType(graph, 'aws:ec2/routeTable:RouteTable').find(
    ({ id }) => id === association?.inputs.routeTableId,
  );
  const routes = list(table?.inputs.routes);
  const out = routes.filter((route) => at(route, 'cidrBlock') === '0.0.0.0/0');
  problems.expect(`${subnetId}, ways out`, out.length, 1);
  problems.require(`${subnetId} has no way out through NAT`, text(at(out[0], 'natGatewayId')) !== '');
  problems.require(
    `${subnetId} has a way to an internet gateway`,
    routes.every((route) => at(route, 'gatewayId') === undefined),
  );
}

function checkOwn(graph: Graph, stage: Stage, subnets: readonly string[], problems: Problems): void {
  if (stage.network.kind !== 'own') return;
  const { zones, addressPrefix = '10.0', routes = [] } = stage.network;
  problems.expect('private subnets of the runners', subnets.length, zones);
  problems.expect('NAT gateways', ofType(graph, 'aws:ec2/natGateway:NatGateway').length, zones);
  for (const subnet of subnets) checkPrivate(graph, subnet, problems);
  const blocks = [
    only(graph, 'aws:ec2/vpc:Vpc').inputs.cidrBlock,
    ...ofType(graph, 'aws:ec2/subnet:Subnet').map(({ inputs }) => inputs.cidrBlock),
  ];
  problems.require(
    `addresses outside ${addressPrefix}: ${blocks.join(', ')}`,
    blocks.every((block) => text(block).startsWith(`${addressPrefix}.`)),
  );
  for (const table of ofType(graph, 'aws:ec2/routeTable:RouteTable')) {
    if (!table.name.includes('Private')) continue;
    for (const { cidr, via } of routes) {
      const there = list(table.inputs.routes).some(
        (route) =>
          at(route, 'cidrBlock') === cidr &&
          (at(route, 'vpcPeeringConnectionId') === via || at(route, 'transitGatewayId') === via),
      );
      problems.require(`${table.name} has no route to ${cidr} by ${via}`, there);
    }
  }
  const group = only(graph, 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup').inputs;
  problems.expect('the default security group', [group.ingress ?? [], group.egress ?? []], [[], []]);
  const endpoints = ofType(graph, 'aws:ec2/vpcEndpoint:VpcEndpoint').map(({ inputs }) => [
    text(inputs.serviceName).split('.').at(-1) ?? '',
    list(inputs.routeTableIds).length,
  ]);
  problems.expect('gateway endpoints, with route tables', endpoints as Json, [
    ['dynamodb', zones],
    ['s3', zones],
  ]);
}

/** [protocol, from, to, network] of each. */
function egressOf(graph: Graph): Json[][] {
  return list(only(graph, 'aws:ec2/securityGroup:SecurityGroup').inputs.egress).flatMap((rule) =>
    [...list(at(rule, 'cidrBlocks')), ...list(at(rule, 'ipv6CidrBlocks'))].map((cidr) => [
      at(rule, 'protocol') ?? null,
      at(rule, 'fromPort') ?? null,
      at(rule, 'toPort') ?? null,
      cidr,
    ]),
  );
}

export function checkNetwork(graph: Graph, stage: Stage, problems: Problems): void {
  const group = only(graph, 'aws:ec2/securityGroup:SecurityGroup');
  const subnets = text(environment(graph, 'Sweep').GALAXY_SUBNETS).split(',');
  const api = only(graph, 'aws:lambda/function:Function', 'ApiFunction').inputs;
  problems.expect('the API, subnets', at(api, 'vpcConfig', 'subnetIds'), subnets);
  problems.expect('the API, security groups', at(api, 'vpcConfig', 'securityGroupIds'), [group.id]);
  for (const fn of ['Api', 'Sweep', 'TaskEvents'] as const) {
    const env = environment(graph, fn);
    problems.expect(`${fn}, GALAXY_SUBNETS`, env.GALAXY_SUBNETS, subnets.join(','));
    problems.expect(`${fn}, GALAXY_SECURITY_GROUPS`, env.GALAXY_SECURITY_GROUPS, group.id);
  }
  problems.expect('what may come in', group.inputs.ingress ?? [], []);
  const wanted: Json[][] =
    stage.reach.length === 0
      ? [['tcp', 0, 65_535, '0.0.0.0/0']]
      : [['tcp', 443, 443, '0.0.0.0/0'], ...stage.reach.map((cidr) => ['tcp', 0, 65_535, cidr])];
  problems.expect('what may be reached', egressOf(graph), wanted);
  problems.expect(
    'the API, GALAXY_NETWORKS',
    environment(graph, 'Api').GALAXY_NETWORKS,
    stage.reach.join(','),
  );
  if (stage.network.kind === 'own') {
    checkOwn(graph, stage, subnets, problems);
    return;
  }
  problems.expect('private subnets', subnets, [...stage.network.privateSubnets]);
  problems.expect('the security group, VPC', group.inputs.vpcId, stage.network.vpcId);
  problems.expect('VPCs made', ofType(graph, 'aws:ec2/vpc:Vpc').length, 0);
}
