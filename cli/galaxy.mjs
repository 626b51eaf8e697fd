#!/usr/bin/env node
// The command, for any Node from 20 on: the rest needs Node 24, which strips the types of .ts files.
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { findNode, noNodeMessage, QUIET } from './find-node.mjs';
import { runChild } from './run-child.mjs';

const node = findNode();
if (node === undefined) {
  process.stderr.write(`${noNodeMessage()}\n`);
  process.exitCode = 1;
} else if (node === process.execPath) {
  hushWarnings();
  module.enableCompileCache();
  await import('./galaxy.ts');
} else {
  process.exitCode = await runChild(node, [
    ...QUIET,
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ]);
}

/** What QUIET does on a command line, for a Node that already runs. */
function hushWarnings() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0];
    if (type === 'ExperimentalWarning' || type === 'TimeoutNegativeWarning') return;
    emit.call(process, warning, ...rest);
  };
}
