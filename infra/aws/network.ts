/** Where functions and runners stand: private subnets, no address of their own on the internet, nothing that comes in. */
import { isIPv6 } from 'node:net';
import { named } from './policies.ts';
import type { NetworkRoute, NetworkSettings } from './settings.ts';
import { regionName, stage } from './stage.ts';

export interface Network {
  readonly vpcId: $util.Input<string>;
  readonly privateSubnets: $util.Output<string[]>;
}

const routeOf = ({ cidr, via }: NetworkRoute) => ({
  cidrBlock: cidr,
  ...(via.startsWith('pcx-') ? { vpcPeeringConnectionId: via } : { transitGatewayId: via }),
});

function ownNetwork(settings: NetworkSettings & { kind: 'own' }): Network {
  const prefix = settings.addressPrefix ?? '10.0';
  // The component numbers everything in 10.0.0.0/16.
  const moved = (cidr: $util.Input<string> | undefined): $util.Output<string> =>
    $output(cidr).apply((text) => `${text ?? ''}`.replace(/^10\.0\./, `${prefix}.`));
  const vpc = new sst.aws.Vpc('Vpc', {
    az: settings.zones,
    nat: 'managed',
    transform: {
      vpc: (args) => {
        args.cidrBlock = moved(args.cidrBlock);
      },
      publicSubnet: (args) => {
        args.cidrBlock = moved(args.cidrBlock);
        args.mapPublicIpOnLaunch = false;
      },
      privateSubnet: (args) => {
        args.cidrBlock = moved(args.cidrBlock);
        args.mapPublicIpOnLaunch = false;
      },
      privateRouteTable: (args) => {
        // In the table itself: routes that are added by hand would be taken out by the next deployment.
        const extra = (settings.routes ?? []).map(routeOf);
        args.routes = $output(args.routes).apply((routes) => [...(routes ?? []), ...extra]);
      },
      // The VPC's default group: nothing of ours uses it, so it lets nothing through.
      securityGroup: (args) => {
        args.ingress = [];
        args.egress = [];
      },
    },
  });
  // Gateway endpoints cost nothing and keep the heartbeats and the image's layers away from the NAT gateways.
  for (const service of ['dynamodb', 's3']) {
    new aws.ec2.VpcEndpoint(named(`${service}-endpoint`), {
      vpcId: vpc.id,
      vpcEndpointType: 'Gateway',
      serviceName: $interpolate`com.amazonaws.${regionName}.${service}`,
      routeTableIds: vpc.nodes.privateRouteTables.apply((tables) => tables.map((table) => table.id)),
    });
  }
  return { vpcId: vpc.id, privateSubnets: vpc.privateSubnets.apply((ids) => $resolve(ids)) };
}

function chooseNetwork(settings: NetworkSettings): Network {
  if (settings.kind === 'own') return ownNetwork(settings);
  return { vpcId: settings.vpcId, privateSubnets: $output([...settings.privateSubnets]) };
}

export const network = chooseNetwork(stage.network);

const tcp = (cidr: string, from: number, to: number, description: string) => ({
  protocol: 'tcp',
  fromPort: from,
  toPort: to,
  description,
  ...(isIPv6(cidr.split('/')[0] ?? '') ? { ipv6CidrBlocks: [cidr] } : { cidrBlocks: [cidr] }),
});

/**
 * What may be reached: the networks of the setting `reach`, by any TCP port (databases and brokers listen on many), and
 * HTTPS anywhere, by which AWS's own services are called (DynamoDB, Secrets Manager, ECR, logs have no fixed addresses).
 * Without `reach` every TCP port anywhere; the API then still refuses metadata addresses. Nothing comes in.
 */
const egress =
  stage.reach.length === 0
    ? [tcp('0.0.0.0/0', 0, 65_535, 'databases and brokers anywhere')]
    : [
        tcp('0.0.0.0/0', 443, 443, 'AWS services'),
        ...stage.reach.map((cidr) => tcp(cidr, 0, 65_535, 'databases and brokers')),
      ];

/** Of runners and of the API, which checks a source and a sink before a task is taken. */
export const securityGroup = new aws.ec2.SecurityGroup(named('reach'), {
  description: 'Galaxy: what a task may reach',
  vpcId: network.vpcId,
  ingress: [],
  egress,
});
