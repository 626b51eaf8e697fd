/** The checkpoint of one `galaxy stream` in a file of its own; the schema history stands beside it. */
import { accessSync, constants } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Checkpoint, CheckpointStore, SchemaStore } from '../core/checkpoint.ts';
import { CdcError } from '../core/errors.ts';

const count = z.int().min(0);

const checkpointSchema = z.object({
  file: z.string().min(1),
  position: count,
  gtidSet: z.string(),
  source: z.object({ serverUuid: z.string(), flavor: z.enum(['mysql', 'mariadb']) }),
  startEpoch: count,
  rows: count,
  sourceTimeMs: z.number().nullable(),
  savedAtMs: z.number(),
  schemaVersion: count.nullable(),
});

/** A full disk may be emptied; a folder that is not there stays away until a person acts. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY']);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

function fileError(path: string, error: unknown): CdcError {
  const message = `${path}: ${error instanceof Error ? error.message : String(error)}`;
  return PASSING.has(codeOf(error))
    ? new CdcError('CDC_STORE_UNAVAILABLE', message, { hint: 'Make room for the file.', cause: error })
    : new CdcError('CDC_CONFIG', message, {
        hint: 'Name a file in a folder that this user may write to.',
        cause: error,
      });
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CdcError ? error : fileError(path, error);
  }
}

async function sync(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes whole or not at all, durably: a temporary file beside it, fsync, rename, fsync of the folder. */
async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    // the file may be one that was left by a run that was killed
    await file.chmod(0o600);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await sync(dirname(path));
}

async function readWhole(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parseCheckpoint(path: string, bytes: Buffer): Checkpoint {
  try {
    return checkpointSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new CdcError('CDC_CONFIG', `${path} is damaged, or no checkpoint of galaxy stream`, {
      hint: 'Put the right file back, or remove it and start with --start latest, earliest or FILE:POS.',
      cause,
    });
  }
}

function createSchemas(path: string): SchemaStore {
  const prefix = `${basename(path)}.schema-`;
  const pathOf = (version: number): string => `${path}.schema-${version}`;
  const versions = async (): Promise<number[]> =>
    (await readdir(dirname(path)))
      .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length)));
  return {
    put: (_taskId, _token, version, state) => guarded(path, () => writeWhole(pathOf(version), state)),
    get: (_taskId, version) => guarded(path, () => readWhole(pathOf(version))),
    prune: (_taskId, below) =>
      guarded(path, async () => {
        for (const version of await versions()) {
          const file = join(dirname(path), `${prefix}${version}`);
          if (below === undefined || version < below) await rm(file, { force: true });
        }
      }),
  };
}

/**
 * Stores for one stream and one process: the fencing tokens don't matter. CDC_CONFIG for a folder that is not
 * there or can't be written, and for a file that is no checkpoint; CDC_STORE_UNAVAILABLE for a full disk.
 */
export function createFileCheckpointStore(path: string): {
  checkpoints: CheckpointStore;
  schemas: SchemaStore;
} {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(path, error);
  }
  const load = (): Promise<Checkpoint | null> =>
    guarded(path, async () => {
      const bytes = await readWhole(path);
      return bytes === null ? null : parseCheckpoint(path, bytes);
    });
  return {
    checkpoints: {
      claim: load,
      load,
      loadMany: async (taskIds) => {
        const checkpoint = await load();
        return new Map(checkpoint === null ? [] : taskIds.map((taskId) => [taskId, checkpoint]));
      },
      save: (_taskId, _token, checkpoint) =>
        guarded(path, () => writeWhole(path, `${JSON.stringify(checkpoint)}\n`)),
      delete: () => guarded(path, () => rm(path, { force: true })),
    },
    schemas: createSchemas(path),
  };
}
