import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageBatch } from '../../../../../core/message-batch.ts';
import { crc32c } from '../../../../../runner/sinks/kafka/records/crc32c.ts';
import { murmur2 } from '../../../../../runner/sinks/kafka/records/murmur2.ts';
import { batchHead, sequenceAfter } from '../../../../../runner/sinks/kafka/records/record-batch.ts';
import { RecordsBuilder } from '../../../../../runner/sinks/kafka/records/records-builder.ts';
import { readBatches } from '../../../../../runner/sinks/kafka/records/records-reader.ts';

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4, and the check value of the polynomial
  test.each([
    ['00'.repeat(32), 0x8a91_36aa],
    ['ff'.repeat(32), 0x62a8_ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex'), 0x46dd_794e],
    [Buffer.from('123456789').toString('hex'), 0xe306_9283],
    ['', 0],
  ])('of %s', (hex, checksum) => {
    expect(crc32c(Buffer.from(hex, 'hex'))).toBe(checksum);
  });

  test('of two parts is that of the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
        const whole = Buffer.from(bytes);
        expect(crc32c(whole.subarray(at), crc32c(whole.subarray(0, at)))).toBe(crc32c(whole));
      }),
    );
  });
});

// From Kafka's own tests of Utils.murmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is as Java has it', (text, hash) => {
  const bytes = Buffer.from(`--${text}--`);
  expect(murmur2(bytes, 2, bytes.length - 2)).toBe(hash);
});

test('sequence numbers begin again at 0 behind the largest', () => {
  expect(sequenceAfter(0, 7)).toBe(7);
  expect(sequenceAfter(2 ** 31 - 3, 3)).toBe(0);
  expect(sequenceAfter(2 ** 31 - 1, 3)).toBe(2);
});

const PRODUCER = { id: 4_000_000_000_000n, epoch: 7 };

function recordBatch(batch: MessageBatch): Buffer {
  const builder = new RecordsBuilder(8);
  for (let message = 0; message < batch.count; message += 1) builder.append(batch, message);
  const head = batchHead(builder.records, {
    compression: 'none',
    transactional: true,
    producer: PRODUCER,
    baseSequence: 5,
    count: builder.count,
    timestampMs: 1_700_000_000_123,
  });
  return Buffer.concat([head, builder.records]);
}

test('what is built is read again, whatever the lengths', () => {
  const message = fc.record({
    key: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: null }),
    value: fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      // over the edges of one, two and three bytes of a length
      fc.constantFrom(63, 64, 8_191, 8_192, 70_000).map((length) => 'x'.repeat(length)),
    ),
  });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 150 }), (messages) => {
      const batch = new MessageBatch(16);
      for (const { key, value } of messages) batch.add('t', key, value);
      const bytes = recordBatch(batch);
      const [read, ...others] = readBatches(Buffer.concat([bytes, bytes.subarray(0, bytes.length - 1)]));
      expect(others).toEqual([]);
      expect(read).toMatchObject({
        baseOffset: 0n,
        lastOffset: BigInt(messages.length - 1),
        producerId: PRODUCER.id,
        isControl: false,
      });
      expect(read?.records.map(({ key, value }) => [key.toString(), value.toString()])).toEqual(
        messages.map(({ key, value }) => [key ?? '', value]),
      );
    }),
    { numRuns: 60 },
  );
});

test('the head has each field at its place', () => {
  const batch = new MessageBatch();
  batch.add('t', 'k', 'v');
  batch.add('t', null, 'w');
  // attributes 16: transactional, no codec
  expect(recordBatch(batch).toString('hex')).toBe(
    [
      '0000000000000000', // base offset
      '00000042', // 66 bytes behind this
      'ffffffff',
      '02',
      recordBatch(batch).subarray(17, 21).toString('hex'),
      '0010',
      '00000001',
      '0000018bcfe5687b',
      '0000018bcfe5687b',
      '000003a352944000',
      '0007',
      '00000005',
      '00000002',
      '10' + '00' + '00' + '00' + '02' + '6b' + '02' + '76' + '00',
      '0e' + '00' + '00' + '02' + '01' + '02' + '77' + '00',
    ].join(''),
  );
});
