// `node infra/local/bootstrap.mjs <file> [arguments]`: makes sure that the project is installed, then runs the
// file with the project's own Node. Runs on Node 20 in a fresh clone: no dependencies, no TypeScript.
import { lstatSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode, noNodeMessage, QUIET } from '../../cli/find-node.mjs';
import { runChild } from '../../cli/run-child.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

process.exitCode = await main();

async function main() {
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(
      `galaxy: Node 20.19 or newer is needed to install, and this is ${process.version}.\n`,
    );
    return 1;
  }
  if (changedMs('node_modules/.package-lock.json') < changedMs('package-lock.json')) {
    // npm ci would empty the folder that the link leads to, under whoever else works with it.
    if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      process.stderr.write('galaxy: node_modules is a link and may be out of date; nothing is installed\n');
    } else {
      const code = await install();
      if (code !== 0) return code;
    }
  }
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(`${noNodeMessage()}\n`);
    return 1;
  }
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const [file = '', ...args] = process.argv.slice(2);
  return await runChild(node, [...QUIET, join(root, file), ...args], { ...process.env, PATH: path });
}

function install() {
  process.stderr.write('galaxy: installing dependencies (npm ci)\n');
  return npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** When a file was last changed; 0 if it is not there. */
function changedMs(name) {
  return statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The npm that runs this script, else the one on the PATH. */
function npm(args) {
  const script = process.env.npm_execpath;
  const options = ['--prefix', root];
  return script?.endsWith('.js') === true
    ? runChild(process.execPath, [script, ...options, ...args])
    : runChild('npm', [...options, ...args]);
}
