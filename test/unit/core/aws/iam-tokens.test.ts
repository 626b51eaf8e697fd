import { expect, test } from 'vitest';
import { createIamTokens } from '../../../../core/aws/iam-tokens.ts';
import { readSignedUrl } from '../../../support/sigv4.ts';

const now = (): number => Date.UTC(2016, 10, 7, 17, 39, 33);
const tokensOf = (sessionToken?: string) =>
  createIamTokens({
    credentials: async () => ({
      accessKeyId: 'akid',
      secretAccessKey: 'skid',
      ...(sessionToken === undefined ? {} : { sessionToken }),
    }),
    now,
  });
const at = {
  host: 'prod-instance.us-east-1.rds.amazonaws.com',
  port: 3306,
  user: 'someusername',
  region: 'us-east-1',
};

test("a token of RDS is the one that AWS's own clients make of the same key and moment", async () => {
  expect(await tokensOf().rds(at)).toBe(
    'prod-instance.us-east-1.rds.amazonaws.com:3306/?Action=connect&DBUser=someusername' +
      '&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=akid%2F20161107%2Fus-east-1%2Frds-db%2Faws4_request' +
      '&X-Amz-Date=20161107T173933Z&X-Amz-Expires=900' +
      '&X-Amz-Signature=d1138cdbc0ca63eec012ec0fc6c2267e03642168f5884a7795320d4c18374c61' +
      '&X-Amz-SignedHeaders=host',
  );
});

test('the token of a role carries its session token, within the signature', async () => {
  const token = await tokensOf('a+b/c==').rds({ ...at, user: "o'neil (x)" });
  const read = readSignedUrl(token, 'skid');
  expect(read).toMatchObject({ service: 'rds-db', region: 'us-east-1', expiresSeconds: 900 });
  expect(read?.query.get('X-Amz-Security-Token')).toBe('a+b/c==');
  expect(read?.query.get('DBUser')).toBe("o'neil (x)");
  expect(readSignedUrl(token, 'other')).toBeNull();
  expect(readSignedUrl(token.replace('neil', 'nail'), 'skid')).toBeNull();
});

test('a token of MSK is a signed URL in base64url, with the user agent behind the signature', async () => {
  const token = await tokensOf('session').msk('eu-west-1');
  expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
  const url = Buffer.from(token, 'base64url').toString();
  expect(url).toMatch(/^https:\/\/kafka\.eu-west-1\.amazonaws\.com\/\?Action=kafka-cluster%3AConnect&/);
  expect(url).toMatch(/&User-Agent=galaxy$/);
  expect(readSignedUrl(url, 'skid', ['User-Agent'])).toMatchObject({
    service: 'kafka-cluster',
    region: 'eu-west-1',
    accessKeyId: 'akid',
    expiresSeconds: 900,
  });
});

test('without credentials it says so', async () => {
  const tokens = createIamTokens({ credentials: () => Promise.reject(new Error('none found')), now });
  await expect(tokens.rds(at)).rejects.toMatchObject({ code: 'CDC_AWS_CREDENTIALS', retryable: true });
});
