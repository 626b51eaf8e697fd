/** The zip that is deployed, as a function behind an HTTP API, answers over HTTP as the Node server does. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoClient } from '../../core/dynamo/table.ts';
import { createApp } from '../../functions/app.ts';
import { awsApi } from '../../functions/aws-home.ts';
import { comparable, overHttp, REQUESTS } from '../support/api-requests.ts';
import { AwsStage } from '../support/aws-stage.ts';
import { because, lacking } from '../support/emulator.ts';

const reason = lacking('aws');

/**
 * All but what a gateway changes by itself: it gives an answer without a body a content type, takes paths in its own
 * form, answers HEAD and OPTIONS in its own way, and turns bodies that it does not know as text into base64.
 */
const passedOn = REQUESTS.filter(
  ({ method, path, base64 }) =>
    base64 !== true &&
    path !== '/' &&
    !['HEAD', 'OPTIONS'].includes(method) &&
    !path.includes('//') &&
    !/%2F|\+/.test(path),
);

describe.skipIf(reason !== null)(`the function behind an HTTP API${because(reason)}`, () => {
  let stage: AwsStage;
  let server: ReturnType<typeof serve>;
  let url: string;

  beforeAll(async () => {
    stage = await AwsStage.create('none');
    const clients = {
      dynamo: createDynamoClient(),
      ecs: new ECSClient({}),
      secrets: new SecretsManagerClient({}),
    };
    server = serve({ fetch: createApp(awsApi(stage.env, clients)).fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(async () => {
    server.close();
    await stage.remove();
  });

  test('every request that a gateway passes on is answered alike', async () => {
    expect(passedOn.length).toBeGreaterThan(50);
    const different: string[] = [];
    for (const request of passedOn) {
      const lambda = JSON.stringify(comparable(await overHttp(stage.url, request)));
      const node = JSON.stringify(comparable(await overHttp(url, request)));
      const text = `${JSON.stringify(request).slice(0, 200)}: ${lambda.slice(0, 600)} and not ${node.slice(0, 600)}`;
      if (lambda !== node) different.push(text);
    }
    expect(different).toEqual([]);
  });
});
