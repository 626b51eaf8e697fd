/**
 * Secrets on one machine: sealed with AES-256-GCM under a key that stands in a file of its own (0600), so
 * that a copy of the store alone tells nothing. Sealed bytes: nonce 12, tag 16, text.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CdcError } from '../errors.ts';
import type { SecretStore } from '../secret-store.ts';
import type { Database } from './database.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Reads the key, or makes it: whole or not at all, and never over one that another process has just made. */
function readKey(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, randomBytes(KEY_BYTES), { mode: 0o600 });
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const key = readFileSync(path);
  if (key.length === KEY_BYTES) return key;
  throw new CdcError('CDC_CONFIG', `${path} is not a key of Galaxy`, { hint: 'Put the right file back.' });
}

export function createSealedSecrets(db: Database, keyPath: string): SecretStore {
  const key = readKey(keyPath);
  return {
    async put(taskId, field, value) {
      const secret = `local:${taskId}:${field}:${randomBytes(8).toString('hex')}`;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(secret));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text]);
      db.run('INSERT INTO secrets (name, task_id, sealed) VALUES (?, ?, ?)', secret, taskId, sealed);
      return { secret };
    },
    async get({ secret }) {
      const row = db.get('SELECT sealed FROM secrets WHERE name = ?', secret);
      if (row === undefined) throw new CdcError('CDC_SECRET_MISSING', `the secret "${secret}" is not there`);
      const sealed = Buffer.from(row.sealed as Uint8Array);
      const open = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
      open.setAAD(Buffer.from(secret));
      open.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([open.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), open.final()]).toString(
          'utf8',
        );
      } catch {
        throw new CdcError('CDC_SECRET_MISSING', `the secret "${secret}" can't be opened with this key file`);
      }
    },
    async deleteAll(taskId) {
      db.run('DELETE FROM secrets WHERE task_id = ?', taskId);
    },
  };
}
