/** What code runs on, and where it is built from: each said once. */

/** The Node that Lambda and the container run; package.json brings the same one to this machine. */
export const NODE_VERSION = '24.21.0';

export const LAMBDA_RUNTIME = 'nodejs24.x';

/** Graviton: a fifth cheaper than x86_64 for Lambda and Fargate, and nothing here depends on the processor. */
export const ARCHITECTURE = 'arm64';

/** Paths of the checkout, from its root. */
export const RUNNER_IMAGE = {
  context: '.',
  dockerfile: 'runner/Dockerfile',
  target: 'runner',
  args: { NODE_IMAGE: `node:${NODE_VERSION}-bookworm-slim` },
} as const;

/** As the Dockerfile says them; ECS reads neither of an image. */
export const RUNNER_USER = '1000:1000';
export const RUNNER_HEALTH_CHECK = {
  command: ['CMD', 'node', '/app/health.mjs'],
  interval: 10,
  timeout: 5,
  startPeriod: 30,
  retries: 3,
} as const;

/** From SIGTERM to SIGKILL, in seconds: as long as Fargate lets a runner drain. */
export const STOP_TIMEOUT_S = 120;

/** The files of dist/lambda, made by `npm run bundle -- lambda`: what is deployed is what the tests have run. */
export const LAMBDA_BUNDLE = 'dist/lambda';
