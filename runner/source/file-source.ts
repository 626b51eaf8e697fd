import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { CdcError } from '../../core/errors.ts';
import { eachEvent } from '../../core/event-runs.ts';
import { emptyGtidSet } from '../../core/gtid-set.ts';
import type { FormatDescriptionEvent, GtidSetEvent } from '../binlog/event.ts';
import { EventSplitter } from '../binlog/event-splitter.ts';
import { FLAG } from '../binlog/event-types.ts';
import { BinlogParser } from '../binlog/parser.ts';
import { fileChunks } from './file-chunks.ts';
import { FileSchema } from './file-schema.ts';
import type { ResumePoint } from './resume-point.ts';
import type { OpenSource, SourceConnection } from './source.ts';

/** Where the first event of a file stands: behind the magic number. */
const FIRST_EVENT = 4;
const ROTATE_EVENT = 4;

/** What the head of a file tells: the server that wrote it, and the transactions before it. */
interface FileHead {
  readonly description: FormatDescriptionEvent;
  readonly descriptionBytes: Buffer;
  readonly previous: GtidSetEvent | null;
}

async function readHead(path: string): Promise<FileHead> {
  const parser = new BinlogParser({ verifyChecksum: true });
  const splitter = new EventSplitter();
  let description: FormatDescriptionEvent | null = null;
  let descriptionBytes = Buffer.alloc(0);
  for await (const chunk of fileChunks(path)) {
    for (const bytes of eachEvent(splitter.runs(chunk))) {
      const event = parser.parse(bytes);
      if (event.kind === 'format_description') {
        description = event;
        descriptionBytes = Buffer.from(bytes);
      } else if (description !== null) {
        return { description, descriptionBytes, previous: event.kind === 'gtid_set' ? event : null };
      }
    }
  }
  if (description === null)
    throw new CdcError('CDC_BINLOG_CORRUPT', `${basename(path)} has no format description`);
  return { description, descriptionBytes, previous: null };
}

/** The event that a server sends at the head of a dump: a file's last event need not name the next one. */
function artificialRotate(file: string, checksum: 'none' | 'crc32'): Buffer {
  const name = Buffer.from(file, 'utf8');
  const body = 19 + 8 + name.length;
  const bytes = Buffer.alloc(body + (checksum === 'crc32' ? 4 : 0));
  bytes.writeUInt8(ROTATE_EVENT, 4);
  bytes.writeUInt32LE(bytes.length, 9);
  bytes.writeUInt16LE(FLAG.ARTIFICIAL, 17);
  bytes.writeBigUInt64LE(BigInt(FIRST_EVENT), 19);
  name.copy(bytes, 27);
  if (checksum === 'crc32') bytes.writeUInt32LE(crc32(bytes.subarray(0, body)), body);
  return bytes;
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return;
  throw new CdcError('CDC_SOURCE_UNREACHABLE', `${path} is not a file that can be read`, {
    retryable: false,
    hint: 'Check the path of --source file://….',
  });
}

/**
 * Binlog files as a source: the given files in order, from a position in one of them. Reads the format
 * description of a file first when it starts in the middle. The end of the last file ends the stream.
 */
export function fileSource(paths: readonly string[]): OpenSource {
  return async (from, signal): Promise<SourceConnection> => {
    for (const path of paths) await requireFile(path);
    const first = from === null ? 0 : paths.findIndex((path) => basename(path) === from.file);
    const firstPath = paths[Math.max(first, 0)];
    if (firstPath === undefined || first < 0) {
      throw new CdcError(
        'CDC_POSITION_INVALID',
        `${from?.file ?? 'the position'} is not among the files given`,
      );
    }
    const head = await readHead(firstPath);
    const { flavor } = head.description;
    const start: ResumePoint = from ?? {
      file: basename(firstPath),
      position: FIRST_EVENT,
      gtids: head.previous === null ? emptyGtidSet(flavor) : null,
      serverUuid: null,
    };
    return {
      identity: { serverUuid: 'file', flavor },
      address: basename(firstPath),
      lost: '',
      foldCase: false,
      start,
      schema: new FileSchema(flavor, head.description.serverVersion),
      preamble: start.position > FIRST_EVENT ? [head.descriptionBytes] : [],
      events: readFiles(paths.slice(first), start.position, head.description.checksum, signal),
      reread: async (at, rereadSignal) => {
        const again = paths.findIndex((path) => basename(path) === at.file);
        const { descriptionBytes, description } = await readHead(paths[again] ?? firstPath);
        const { checksum } = description;
        return {
          preamble: [descriptionBytes],
          events: readFiles(paths.slice(again), at.position, checksum, rereadSignal),
          close: () => undefined,
        };
      },
      close: () => Promise.resolve(),
    };
  };
}

/** The file was not closed: a server writes to it, or it crashed; then its last event may not be whole yet. */
async function isOpen(path: string): Promise<boolean> {
  const { description } = await readHead(path);
  return (description.header.flags & FLAG.BINLOG_IN_USE) !== 0;
}

async function* readFiles(
  paths: readonly string[],
  startPosition: number,
  checksum: 'none' | 'crc32',
  signal: AbortSignal,
): AsyncGenerator<readonly Buffer[]> {
  let position = startPosition;
  for (const [index, path] of paths.entries()) {
    if (index > 0) yield [artificialRotate(basename(path), checksum)];
    const splitter = new EventSplitter();
    let offset = FIRST_EVENT;
    for await (const chunk of fileChunks(path)) {
      if (signal.aborted) return;
      const runs = splitter.runs(chunk);
      if (offset >= position) {
        if (runs.length > 0) yield runs;
        continue;
      }
      const events: Buffer[] = [];
      for (const bytes of eachEvent(runs)) {
        if (offset >= position) events.push(bytes);
        offset += bytes.length;
      }
      if (events.length > 0) yield events;
    }
    splitter.finish({ tolerate: index === paths.length - 1 && (await isOpen(path)) });
    position = FIRST_EVENT;
  }
}
