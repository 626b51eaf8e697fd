/** The secret store on AWS Secrets Manager: `<prefix>/<task id>/<field>`, one secret each. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CdcError } from '../errors.ts';
import type { SecretStore } from '../secret-store.ts';

/** What is used of SecretsManagerClient. */
export interface SecretsApi {
  send(command: CreateSecretCommand): Promise<unknown>;
  send(command: GetSecretValueCommand): Promise<{ SecretString?: string | undefined }>;
  send(command: ListSecretsCommand): Promise<{
    SecretList?: { Name?: string | undefined }[] | undefined;
    NextToken?: string | undefined;
  }>;
  send(command: DeleteSecretCommand): Promise<unknown>;
}

/** The client of this process's region and role. */
export const secretsManager = (): SecretsManagerClient => new SecretsManagerClient({});

const isMissing = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ResourceNotFoundException';

/** One that is marked for deletion, or under a key that is gone, does not come back by waiting. */
const LOST = ['InvalidRequestException', 'DecryptionFailure'];

const isDenied = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AccessDeniedException';

function unavailable(cause: unknown): CdcError {
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new CdcError('CDC_STORE_UNAVAILABLE', `Secrets Manager: ${message}`, { cause });
}

/** The message of the service names the role; the secret's text is in no error. */
function denied(secret: string, cause: unknown): CdcError {
  const hint =
    'Let the roles of the API and the runner of this stage read it: secretsmanager:GetSecretValue on its ARN.';
  return new CdcError('CDC_SECRET_MISSING', `the secret "${secret}" may not be read by Galaxy's role`, {
    cause,
    hint,
  });
}

/** `prefix` names the installation, as `galaxy/production`: the roles may reach what stands under it. */
export function createSecretsManagerStore(api: SecretsApi, prefix: string): SecretStore {
  const folder = (taskId: string): string => `${prefix}/${taskId}/`;
  return {
    async put(taskId, field, value) {
      const secret = `${folder(taskId)}${field}`;
      try {
        await api.send(new CreateSecretCommand({ Name: secret, SecretString: value }));
      } catch (error) {
        throw unavailable(error);
      }
      return { secret };
    },
    async get({ secret }) {
      try {
        const { SecretString } = await api.send(new GetSecretValueCommand({ SecretId: secret }));
        if (SecretString !== undefined) return SecretString;
      } catch (error) {
        if (isDenied(error)) throw denied(secret, error);
        const isLost = error instanceof Error && LOST.includes(error.name);
        if (!isMissing(error) && !isLost) throw unavailable(error);
      }
      throw new CdcError('CDC_SECRET_MISSING', `the secret "${secret}" is not there, or is no text`);
    },
    // by its name, or by an ARN, which ends in it
    isOwn: ({ secret }) => secret.startsWith(`${prefix}/`) || secret.includes(`:secret:${prefix}/`),
    async deleteAll(taskId) {
      try {
        for (const name of await namesUnder(api, folder(taskId))) {
          await api
            .send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }))
            .catch((error: unknown) => {
              if (!isMissing(error)) throw error;
            });
        }
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
}

/** The filter of the service matches loosely: the prefix is compared again here. */
async function namesUnder(api: SecretsApi, folder: string): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await api.send(
      new ListSecretsCommand({
        Filters: [{ Key: 'name', Values: [folder] }],
        MaxResults: 100,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    names.push(...(page.SecretList ?? []).flatMap((item) => item.Name ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return names.filter((name) => name.startsWith(folder));
}
