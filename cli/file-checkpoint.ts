import { existsSync, readFileSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Checkpoint, CheckpointStore, SchemaStore } from '../core/checkpoint.ts';
import { CdcError } from '../core/errors.ts';

/** Writes whole or not at all, durably: a temporary file beside it, fsync, rename. */
async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function readCheckpoint(path: string): Checkpoint | null {
  if (!existsSync(path)) return null;
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Checkpoint;
    if (typeof value.file === 'string' && Number.isSafeInteger(value.position)) return value;
  } catch {
    // told below
  }
  throw new CdcError('CDC_CONFIG', `${path} is not a checkpoint of galaxy stream`, {
    hint: 'Put the right file back, or remove it and start with --start latest, earliest or FILE:POS.',
  });
}

/** The checkpoint of one `galaxy stream` in a file of its own; the schema history stands beside it. */
export function createFileCheckpointStore(path: string): {
  checkpoints: CheckpointStore;
  schemas: SchemaStore;
} {
  const schemaPath = (version: number): string => `${path}.schema-${version}`;
  const load = async (): Promise<Checkpoint | null> => readCheckpoint(path);
  return {
    checkpoints: {
      claim: load,
      load,
      save: (_taskId, _token, checkpoint) => writeWhole(path, `${JSON.stringify(checkpoint)}\n`),
      delete: () => rm(path, { force: true }),
    },
    schemas: {
      put: (_taskId, _token, version, state) => writeWhole(schemaPath(version), state),
      get: async (_taskId, version) =>
        existsSync(schemaPath(version)) ? await readFile(schemaPath(version)) : null,
      prune: async (_taskId, below) => {
        const prefix = `${basename(path)}.schema-`;
        for (const name of await readdir(dirname(path))) {
          const version = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
          if (version < (below ?? Number.POSITIVE_INFINITY))
            await rm(join(dirname(path), name), { force: true });
        }
      },
    },
  };
}
