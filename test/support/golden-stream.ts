/** What `galaxy stream` has to print of the golden files: NAME.jsonl, and NAME.error.txt where it ends in an error. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = join(import.meta.dirname, '../fixtures/binlog');

export interface Expected {
  readonly code: number;
  readonly stdout: string;
  /** The line that the command ends with; empty where it does not fail. */
  readonly error: string;
}

/** Arguments of `galaxy stream`. */
export function goldenArguments(name: string): string[] {
  const source = pathToFileURL(join(FOLDER, `${name}.binlog`)).href;
  return ['--source', source, '--start', 'earliest', '--until', 'now'];
}

/** The error is the last line on stderr, behind the log's lines of JSON. */
export function expectedForm(run: { code: number; stdout: string; stderr: string }): Expected {
  const last = run.stderr.trimEnd().split('\n').at(-1) ?? '';
  return { code: run.code, stdout: run.stdout, error: last.startsWith('{') ? '' : last };
}

const readOr = (path: string, otherwise: string): string =>
  existsSync(path) ? readFileSync(path, 'utf8') : otherwise;

export function readExpected(name: string): Expected {
  const error = readOr(join(FOLDER, `${name}.error.txt`), '').trimEnd();
  return {
    code: error === '' ? 0 : 1,
    stdout: readOr(join(FOLDER, `${name}.jsonl`), ''),
    error,
  };
}

export function writeExpected(name: string, { stdout, error }: Expected): void {
  for (const [ending, text] of [
    ['jsonl', stdout],
    ['error.txt', error === '' ? '' : `${error}\n`],
  ]) {
    const path = join(FOLDER, `${name}.${ending}`);
    rmSync(path, { force: true });
    if (text !== undefined && text !== '') writeFileSync(path, text);
  }
}
