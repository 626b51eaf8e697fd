import { expect, test } from 'vitest';
import type { EventHeader } from '../../../../runner/binlog/event.ts';
import { ByteReader, describeEvent } from '../../../../runner/binlog/reader.ts';
import { hex } from '../../../support/binlog-files.ts';

const HEADER: EventHeader = { timestamp: 0, typeCode: 2, serverId: 1, eventSize: 100, logPos: 600, flags: 0 };

const over = (bytes: string): ByteReader => {
  const buffer = hex(bytes);
  return new ByteReader(buffer, 0, buffer.length, HEADER);
};

test('reads length-encoded integers of 1, 3, 4 and 9 bytes', () => {
  const reader = over('00 fa fc0001 fd000001 fe0000000000000100');
  expect([0, 0, 0, 0, 0].map(() => reader.packed('n'))).toEqual([0, 250, 256, 65_536, 2 ** 48]);
  expect(reader.left).toBe(0);
});

test('refuses a length-encoded integer that is NULL, undefined or above what a number holds', () => {
  expect(() => over('fb').packed('n')).toThrow('251 does not begin');
  expect(() => over('ff').packed('n')).toThrow('255 does not begin');
  expect(() => over('feffffffffffffffff').packed('n')).toThrow('too large');
});

test('tells event, position, byte, wanted and had of a read past the end', () => {
  const reader = over('0102030405');
  reader.u16('a');
  expect(() => reader.u32('thread id')).toThrow(
    'QUERY event at 500: thread id at byte 2: wanted 4 bytes, had 3 left',
  );
});

test('does not go backwards on a negative length', () => {
  const reader = over('0102');
  reader.u8('a');
  expect(() => reader.part(-1, 'fields')).toThrow('wanted -1 bytes');
  expect(() => reader.view(Number.NaN, 'fields')).toThrow('wanted NaN bytes');
});

test('keeps a part from reading past its own end', () => {
  const part = over('0102030405').part(2, 'part');
  expect(part.u16('a')).toBe(0x0201);
  expect(() => part.u8('b')).toThrow('had 0 left');
});

test('describes an event without a position where the header has none', () => {
  expect(describeEvent({ ...HEADER, logPos: 0 })).toBe('QUERY event');
  expect(describeEvent({ ...HEADER, typeCode: 99 })).toBe('event type 99 event at 500');
});
