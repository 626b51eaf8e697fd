/** The HTTP API: one function with all routes behind one HTTP API. It checks tokens itself. */
import { createFunction } from './functions.ts';
import { createsSecrets, readsSecrets, tokens } from './secrets.ts';
import { signsIn } from './sign-in.ts';
import { stage } from './stage.ts';
import { VERSION } from './version.ts';

export const api = createFunction({
  name: 'Api',
  file: 'api',
  // API Gateway gives up at 30.
  timeout: '29 seconds',
  // It looks at the source and the sink before it takes a task.
  inVpc: true,
  environment: {
    GALAXY_TOKENS: tokens.value,
    GALAXY_NETWORKS: stage.reach.join(','),
    GALAXY_VERSION: VERSION,
  },
  statements: [createsSecrets, ...readsSecrets, ...signsIn('api')],
});

export const gateway = new sst.aws.ApiGatewayV2('Gateway', {
  // The documentation page calls its own origin; pages of others have no business here.
  cors: false,
  accessLog: { retention: stage.logRetention },
  ...(stage.domain === null ? {} : { domain: stage.domain }),
  transform: {
    stage: (args) => {
      // Tokens are 256 bits; this bounds what a stranger costs.
      args.defaultRouteSettings = { throttlingRateLimit: 100, throttlingBurstLimit: 200 };
    },
  },
});

gateway.route('$default', api.fn.arn);
