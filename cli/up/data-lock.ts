/** One `galaxy up` a data folder: two would start two runners for each task, and fence each other without end. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CdcError } from '../../core/errors.ts';

/**
 * Locks the folder (made if it is not there) for as long as this process lives. The lock is the one that the
 * operating system keeps for an open SQLite transaction: it ends with the process, however that ends, so that
 * nothing stale is left to be judged. CDC_CONFIG names the process that has it.
 */
export function lockDataFolder(dataDir: string, pid: number): { release(): void } {
  const refuse = (problem: string, hint: string, cause: unknown): CdcError =>
    new CdcError('CDC_CONFIG', problem, { hint, cause });
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refuse(`the data folder ${dataDir} can't be made`, 'Choose another by --data.', cause);
  }
  const pidFile = join(dataDir, 'up.pid');
  let lock: DatabaseSync;
  try {
    lock = new DatabaseSync(join(dataDir, 'up.lock'), { timeout: 0 });
  } catch (cause) {
    throw refuse(`the data folder ${dataDir} can't be written`, 'Choose another by --data.', cause);
  }
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    const holder = readPid(pidFile);
    const who = holder === '' ? 'another galaxy up' : `another galaxy up (process ${holder})`;
    throw refuse(`${who} uses ${dataDir}`, 'Stop it, or choose another folder by --data.', cause);
  }
  writeFileSync(pidFile, String(pid));
  return { release: () => lock.close() };
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
