/** Bundles the functions anew, so that no deployment ships what an older checkout left in dist/. */
import { execFileSync } from 'node:child_process';

export function bundleFunctions(root: string): void {
  // By the project's own Node: SST runs this on whichever it was started with.
  execFileSync(process.execPath, ['infra/local/bootstrap.mjs', 'infra/bundle/main.ts', 'lambda'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
