import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A range of binlog of known content, and the data folder of the server that wrote it. */
export interface RecordedStream {
  readonly manifest: StreamManifest;
  /** Of the server, with its binlog files. */
  readonly dataFolder: string;
  /** The files of the range, in order. */
  readonly files: readonly string[];
}

/** What a recording wrote down about itself. */
export interface StreamManifest {
  readonly set: string;
  readonly server: string;
  readonly serverVersion: string;
  readonly serverUuid: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Names and lengths of the range's binlog files. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** GTIDs executed before the range. */
  readonly gtidSetBefore: string;
  /** The end of the last transaction. */
  readonly end: { readonly file: string; readonly position: number };
}

/** Rows of the range; an update counts as one. */
export function rowsOf(manifest: StreamManifest): number {
  return manifest.inserted + manifest.updated + manifest.deleted;
}

export function bytesOf(manifest: StreamManifest): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}

export const MANIFEST = 'manifest.json';
export const DATA = 'data';

export async function loadRecordedStream(folder: string): Promise<RecordedStream> {
  const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as StreamManifest;
  const dataFolder = join(folder, DATA);
  return { manifest, dataFolder, files: manifest.files.map(({ name }) => join(dataFolder, name)) };
}
