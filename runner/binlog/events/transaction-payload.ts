/**
 * TRANSACTION_PAYLOAD_EVENT (MySQL from 8.0.20 on, binlog_transaction_compression): a transaction's events,
 * compressed. Type and length of each field and all values are length-encoded integers.
 *
 *   0  end of the fields, without length and value
 *   1  size of the payload
 *   2  compression: 0 zstd, 255 none
 *   3  size when decompressed
 *
 * Then the payload: whole events, without checksums of their own whatever the format description says.
 */
import type { BinlogEvent, TransactionPayloadEvent } from '../event.ts';
import { EventSplitter } from '../event-splitter.ts';
import { type ByteReader, corrupt } from '../reader.ts';
import { zstdChunks } from '../zstd.ts';

const FIELD_END = 0;
const FIELD_PAYLOAD_SIZE = 1;
const FIELD_COMPRESSION = 2;
const FIELD_UNCOMPRESSED_SIZE = 3;

const COMPRESSION_ZSTD = 0;
const COMPRESSION_NONE = 255;

function compressionOf(code: number, reader: ByteReader): 'zstd' | 'none' {
  if (code === COMPRESSION_ZSTD) return 'zstd';
  if (code === COMPRESSION_NONE) return 'none';
  throw reader.fail(`compression ${code} is not known`);
}

export function parseTransactionPayload(reader: ByteReader): TransactionPayloadEvent {
  let payloadSize: number | null = null;
  let compression: number = COMPRESSION_NONE;
  let uncompressedSize: number | null = null;
  for (;;) {
    const type = reader.packed('field type');
    if (type === FIELD_END) break;
    const field = reader.part(reader.packed('field length'), 'field');
    if (type === FIELD_PAYLOAD_SIZE) payloadSize = field.packed('payload size');
    else if (type === FIELD_COMPRESSION) compression = field.packed('compression');
    else if (type === FIELD_UNCOMPRESSED_SIZE) uncompressedSize = field.packed('uncompressed size');
  }
  const payload = reader.view(payloadSize ?? reader.left, 'payload');
  return {
    kind: 'transaction_payload',
    header: reader.header,
    compression: compressionOf(compression, reader),
    uncompressedSize: uncompressedSize ?? payload.length,
    payload,
  };
}

function* chunksOf(event: TransactionPayloadEvent): Generator<Buffer> {
  if (event.compression === 'none') {
    yield event.payload;
    return;
  }
  const chunks = zstdChunks(event.payload, event.uncompressedSize);
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = chunks.next();
    } catch (cause) {
      throw corrupt(event.header, 'its compressed payload is damaged', cause);
    }
    if (next.done === true) return;
    yield next.value;
  }
}

/** The inner events one after the other, decompressed as they are asked for. */
export function* innerEvents(
  event: TransactionPayloadEvent,
  parse: (bytes: Buffer) => BinlogEvent,
): Generator<BinlogEvent> {
  const splitter = new EventSplitter({ magic: false });
  let size = 0;
  for (const chunk of chunksOf(event)) {
    size += chunk.length;
    if (size > event.uncompressedSize) break;
    for (const bytes of splitter.push(chunk)) yield parse(bytes);
  }
  if (size !== event.uncompressedSize) {
    throw corrupt(event.header, `wanted ${event.uncompressedSize} uncompressed bytes, had ${size}`);
  }
  if (splitter.finish({ tolerate: true }) > 0)
    throw corrupt(event.header, 'its payload ends inside an event');
}
