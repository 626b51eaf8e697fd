import { fileURLToPath } from 'node:url';
import { CdcError } from '../core/errors.ts';
import { parseMysqlUrl, withAccess } from '../core/mysql/target.ts';
import { fileSource } from '../runner/source/file-source.ts';
import { untilPlace } from '../runner/source/until.ts';
import type { EndsRequest, SourceEnds, StreamEnds } from './ends.ts';
import { localAccess } from './local-access.ts';
import type { StreamCommandOptions } from './stream-options.ts';
import { sinkFromUrl } from './stream-sink.ts';

/** Makes the two ends that the options name. */
export async function openStreamEnds(request: EndsRequest): Promise<StreamEnds> {
  const { options } = request;
  const sink = await sinkFromUrl(options.sink, options, request.io);
  if (options.sources.every((url) => url.startsWith('file:'))) return { ...fileEnds(options), ...sink };
  const target = withAccess(parseMysqlUrl(onlyOne(options.sources)), localAccess(request.io.env));
  // loaded only here: files need no client of a server
  const { serverEnds } = await import('./server-ends.ts');
  return { ...(await serverEnds(request, target)), ...sink };
}

function onlyOne(urls: readonly string[]): string {
  const [url, ...rest] = urls;
  if (url !== undefined && rest.length === 0) return url;
  throw new CdcError('CDC_INVALID_REQUEST', '--source may be given several times for files only', {
    hint: 'Start one galaxy stream for each server.',
  });
}

function fileEnds(options: StreamCommandOptions): SourceEnds {
  const paths = options.sources.map((url) => fileURLToPath(url));
  const start = options.start ?? { kind: 'earliest' };
  const { until } = options;
  if (start.kind !== 'earliest' && start.kind !== 'position') {
    throw new CdcError('CDC_INVALID_REQUEST', `--start ${start.kind} is not for files`, {
      hint: 'Write --start earliest or --start FILE:POS.',
    });
  }
  return {
    open: fileSource(paths),
    start: start.kind === 'position' ? { ...start.position, gtids: null, serverUuid: null } : null,
    until: until.kind === 'position' ? untilPlace(until.position) : null,
  };
}
