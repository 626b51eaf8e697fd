/** The settings of the stage that is being deployed. */
import { stageOf } from './settings.ts';
import { STAGES } from './stages.ts';

export const stage = stageOf($app.stage, STAGES);

/** Names what belongs to this stage: secrets, log groups, runs. The product reads and writes under the same name. */
export const PREFIX = `galaxy/${stage.name}`;

const identity = aws.getCallerIdentityOutput({});
const region = aws.getRegionOutput({});
const { partition } = aws.getPartitionOutput({});

export const account = identity.accountId;
export const regionName = region.region;

/** An ARN of this account and region. */
export const arn = (service: string, resource: $util.Input<string>): $util.Output<string> =>
  $interpolate`arn:${partition}:${service}:${regionName}:${account}:${resource}`;
