/**
 * Secrets. What tasks need (passwords, keys) the API keeps in Secrets Manager under `galaxy/<stage>/`, one secret each,
 * at run time: none of it passes through a deployment. The only value that a deployment knows is the list of access
 * tokens, and of those only their SHA-256: `npx sst secret set Tokens …`, see docs/deploy.md.
 */
import type { Statement } from './policies.ts';
import { arn, PREFIX, stage } from './stage.ts';

export const tokens = new sst.Secret('Tokens');

const own = arn('secretsmanager', `secret:${PREFIX}/*`);

/** Those of this stage, and those that its settings name. */
export const readsSecrets: readonly Statement[] = [
  { actions: ['secretsmanager:GetSecretValue'], resources: [own, ...stage.secrets] },
  ...(stage.secretKeys.length === 0 ? [] : [{ actions: ['kms:Decrypt'], resources: stage.secretKeys }]),
];

export const createsSecrets: Statement = { actions: ['secretsmanager:CreateSecret'], resources: [own] };

/** Deleting what a deleted task had; they are found by listing. */
export const deletesSecrets: readonly Statement[] = [
  { actions: ['secretsmanager:DeleteSecret'], resources: [own] },
  {
    reason: 'SecretsCanOnlyBeListedForTheWholeAccount',
    actions: ['secretsmanager:ListSecrets'],
    resources: ['*'],
  },
];
