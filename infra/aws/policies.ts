/**
 * Roles with what they may do written out, action by action. SST's components would make roles of their own, wider than
 * these; they are given ours instead.
 */

export interface Statement {
  readonly actions: readonly $util.Input<string>[];
  readonly resources: readonly $util.Input<string>[];
  /** Needed where a resource is `*`: why AWS lets it be nothing narrower. Becomes the statement's Sid. */
  readonly reason?: string;
  readonly conditions?: readonly Condition[];
  readonly effect?: 'Allow' | 'Deny';
}

export interface Condition {
  readonly test: string;
  readonly variable: string;
  readonly values: readonly $util.Input<string>[];
}

/** A name that tells the stage; Pulumi adds a random end, so that a replacement can stand beside what it replaces. */
export const named = (name: string): string => `${$app.name}-${$app.stage}-${name}`;

function documentOf(statements: readonly Statement[]): $util.Output<string> {
  return aws.iam.getPolicyDocumentOutput({
    statements: statements.map(({ actions, resources, reason, conditions, effect }) => ({
      ...(reason === undefined ? {} : { sid: reason }),
      effect: effect ?? 'Allow',
      actions: [...actions],
      resources: [...resources],
      conditions: (conditions ?? []).map((condition) => ({ ...condition, values: [...condition.values] })),
    })),
  }).json;
}

/**
 * A role that one service of AWS takes on; for this account's resources alone where `ofAccount`. Lambda names no account
 * when it takes on a role, and ECS is not known to for the role by which it starts a container.
 */
export function role(
  name: string,
  service: 'lambda' | 'ecs-tasks' | 'scheduler',
  statements: readonly Statement[],
  { ofAccount = false }: { readonly ofAccount?: boolean } = {},
): aws.iam.Role {
  const { accountId } = aws.getCallerIdentityOutput({});
  const source = { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] };
  return new aws.iam.Role(named(name), {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ['sts:AssumeRole'],
          principals: [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }],
          conditions: ofAccount ? [source] : [],
        },
      ],
    }).json,
    inlinePolicies: [{ name: 'galaxy', policy: documentOf(statements) }],
  });
}

/** Writing to a log group that is there; making it is the deployment's. */
export const writesLog = (logGroupArn: $util.Input<string>): Statement => ({
  actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  resources: [$interpolate`${logGroupArn}:*`],
});
