import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { IamTokens } from '../iam-tokens.ts';
import { createIamTokens } from './iam-tokens.ts';

/** Tokens of the role, profile or keys that the AWS SDK finds around this process. */
export function ambientIamTokens(now: () => number): IamTokens {
  return createIamTokens({ credentials: defaultProvider(), now });
}
