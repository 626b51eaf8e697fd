/** `npm run image [-- TAG]`: bundles the runner and builds its image with the Docker engine that answers. */
import { spawnSync } from 'node:child_process';
import { buildRunnerImage } from '../local/docker/runner-image.ts';
import { bundleRunner } from './bundle.ts';

const [tag = 'galaxy-runner'] = process.argv.slice(2);
await bundleRunner();
await buildRunnerImage({ own: false, env: { DOCKER_BUILDKIT: '1' } }, { tag, base: null });
spawnSync('docker', ['image', 'ls', tag], { stdio: 'inherit' });
