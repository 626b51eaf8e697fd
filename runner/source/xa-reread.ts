import { CdcError } from '../../core/errors.ts';
import { eachEvent } from '../../core/event-runs.ts';
import type { BinlogPosition } from '../../core/position.ts';
import { formatPosition } from '../../core/position.ts';
import type { BinlogEvent, RowsEvent } from '../binlog/event.ts';
import { BinlogParser } from '../binlog/parser.ts';
import type { SourceConnection } from './source.ts';

function* flat(parser: BinlogParser, event: BinlogEvent): Iterable<BinlogEvent> {
  if (event.kind === 'transaction_payload') yield* parser.events(event);
  else yield event;
}

/**
 * The rows events of the XA transaction that starts at `startsAt`, up to its XA PREPARE, over a connection of its
 * own: what was too large to be held costs a second reading instead of memory.
 */
export async function* rereadXa(
  connection: Pick<SourceConnection, 'identity' | 'reread'>,
  startsAt: BinlogPosition,
  signal: AbortSignal,
): AsyncGenerator<RowsEvent> {
  const parser = new BinlogParser({ verifyChecksum: true, flavor: connection.identity.flavor });
  const again = await connection.reread(startsAt, signal);
  try {
    for (const bytes of again.preamble) parser.parse(bytes);
    for await (const chunk of again.events) {
      for (const bytes of eachEvent(chunk)) {
        for (const event of flat(parser, parser.parse(bytes))) {
          if (event.kind === 'rows') yield event;
          if (event.kind === 'xa_prepare') return;
        }
      }
    }
  } finally {
    again.close();
  }
  const where = formatPosition(startsAt);
  throw new CdcError(
    'CDC_SOURCE_DISCONNECTED',
    `the XA transaction at ${where} could not be read to its end`,
  );
}
