import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CdcError } from '../errors.ts';

const KEY_BYTES = 32;

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function unusable(path: string, problem: string, cause?: unknown): CdcError {
  return new CdcError('CDC_CONFIG', `the key file ${path} ${problem}`, {
    hint: 'Put the right key file back, readable for this user.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The key, or null where there is no such file. CDC_CONFIG for a file that is no key. */
export function readKey(path: string): Buffer | null {
  let key: Buffer;
  try {
    key = readFileSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw unusable(path, "can't be read", error);
  }
  if (key.length !== KEY_BYTES) throw unusable(path, 'holds no key of Galaxy');
  return key;
}

/**
 * Makes the key: whole or not at all, and never over one that another process has just made. It is on the disk
 * before anything is sealed with it: a secret whose key a loss of power took is lost.
 */
export function makeKey(path: string): Buffer {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(temporary, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw unusable(path, "can't be made", error);
  } finally {
    rmSync(temporary, { force: true });
  }
  const key = readKey(path);
  if (key === null) throw unusable(path, 'is gone');
  return key;
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
