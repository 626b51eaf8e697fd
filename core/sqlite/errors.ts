import { CdcError } from '../errors.ts';

/** Result codes of SQLite: https://sqlite.org/rescode.html */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** The primary result code; null for an error that is not SQLite's. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function damaged(path: string, cause: unknown): CdcError {
  return new CdcError('CDC_CONFIG', `${path} is damaged, or no store of Galaxy: ${messageOf(cause)}`, {
    hint: 'Put the right file back, or choose another data folder.',
    cause,
  });
}

/** An error of a statement: CDC_CONFIG where the file is damaged; anything else may pass. */
export function storeError(path: string, error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const code = resultCode(error);
  if (code === CORRUPT || code === NOT_A_DATABASE) return damaged(path, error);
  return new CdcError('CDC_STORE_UNAVAILABLE', `the embedded store ${path}: ${messageOf(error)}`, {
    cause: error,
  });
}

/** An error of opening: a folder or file that can't be used stays so until a person acts. */
export function openError(path: string, error: unknown): CdcError {
  if (isBusy(error)) return storeError(path, error);
  const known = storeError(path, error);
  if (known.code === 'CDC_CONFIG') return known;
  return new CdcError('CDC_CONFIG', `${path} can't be opened: ${messageOf(error)}`, {
    hint: 'Let this user write to the data folder, or choose another one.',
    cause: error,
  });
}
