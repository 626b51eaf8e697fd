/**
 * Secrets on one machine: sealed with AES-256-GCM under a key that stands in a file of its own (0600, made at
 * first use), so that a copy of the store alone tells nothing. Sealed bytes: nonce 12, tag 16, text. The name of
 * a secret is sealed with it: bytes moved to another name don't open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CdcError } from '../errors.ts';
import type { SecretStore } from '../secret-store.ts';
import type { Database } from './database.ts';
import { makeKey, readKey } from './key-file.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Names of secrets that we made begin so. */
const OWN = 'local:';

function seal(key: Buffer, name: string, value: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(name));
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Throws for bytes that were not sealed by `seal` with this key and name. */
function open(key: Buffer, name: string, sealed: Uint8Array): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString('utf8');
}

function missing(name: string, problem: string, hint?: string): CdcError {
  return new CdcError(
    'CDC_SECRET_MISSING',
    `the secret "${name}" ${problem}`,
    hint === undefined ? {} : { hint },
  );
}

/** A user's own secret is a file of this folder: read anew each time, so that it may be changed at any time. */
function readFileSecret(folder: string, name: string): string {
  const hint = `Write it into ${folder}, as a file of that name.`;
  if (!/^(?!\.)[A-Za-z0-9._-]{1,128}$/.test(name)) throw missing(name, 'is not the name of a file', hint);
  try {
    // editors and echo end a file with a line
    return readFileSync(join(folder, name), 'utf8').replace(/\r?\n$/, '');
  } catch {
    throw missing(name, 'is not there', hint);
  }
}

/** `folder`: where the secrets are that users name. */
export function createSealedSecrets(db: Database, keyPath: string, folder: string): SecretStore {
  /** A key made anew beside secrets of a lost one would shut these for good once their key is found again. */
  const keyForSealing = (): Buffer => {
    const key = readKey(keyPath);
    if (key !== null) return key;
    const sealed = db.get('SELECT 1 FROM secrets LIMIT 1') !== undefined;
    // looked at again: another process may have made the key and sealed with it in between
    if (!sealed) return makeKey(keyPath);
    const made = readKey(keyPath);
    if (made !== null) return made;
    throw new CdcError('CDC_CONFIG', `the key file ${keyPath} is gone, and secrets are sealed with it`, {
      hint: 'Put the key file back, or delete the tasks that have secrets and post them anew.',
    });
  };
  return {
    async put(taskId, field, value) {
      const secret = `${OWN}${taskId}:${field}:${randomBytes(8).toString('hex')}`;
      const sealed = seal(keyForSealing(), secret, value);
      db.run('INSERT INTO secrets (name, task_id, sealed) VALUES (?, ?, ?)', secret, taskId, sealed);
      return { secret };
    },
    async get({ secret }) {
      if (!secret.startsWith(OWN)) return readFileSecret(folder, secret);
      const row = db.get('SELECT sealed FROM secrets WHERE name = ?', secret);
      if (row === undefined) throw missing(secret, 'is not there');
      const key = readKey(keyPath);
      const hint = `Put the key file ${keyPath} back, or post the task anew.`;
      if (key === null) throw missing(secret, "can't be opened: its key file is gone", hint);
      try {
        return open(key, secret, row.sealed as Uint8Array);
      } catch {
        throw missing(secret, "can't be opened with this key file", hint);
      }
    },
    isOwn: ({ secret }) => secret.startsWith(OWN),
    async deleteAll(taskId) {
      db.run('DELETE FROM secrets WHERE task_id = ?', taskId);
    },
  };
}
