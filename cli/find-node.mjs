// Runs on Node 20, before anything of the project can: no dependencies, no TypeScript.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const WANTED_MAJOR = 24;

const require = createRequire(import.meta.url);

/**
 * The Node that the project runs on: the running one if it is new enough, else the one that the optional
 * dependency of this platform carries. Undefined if there is neither.
 * @returns {string | undefined}
 */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`);
    const node = join(dirname(manifest), 'bin', 'node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

/** What to tell a person where `findNode` finds nothing. */
export function noNodeMessage() {
  return (
    `galaxy: Node ${WANTED_MAJOR} or newer is needed, and this is ${process.version} on ${process.platform}-${process.arch}. ` +
    `On Linux (x64, arm64) it comes with "npm ci"; elsewhere install Node ${WANTED_MAJOR} and run this again.`
  );
}

/** Warnings of Node and of kafkajs that tell a user nothing: the SQLite of Node 24 is a release candidate. */
export const QUIET = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
