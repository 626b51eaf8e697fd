import { describe, expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import { EVENT } from '../../../../runner/binlog/event-types.ts';
import type { Format } from '../../../../runner/format/envelope.ts';
import { galaxyFormat } from '../../../../runner/format/galaxy.ts';
import { EventPolicy, type EventPolicyOptions } from '../../../../runner/source/event-policy.ts';
import { EventSkips } from '../../../../runner/source/event-skips.ts';
import { buildEvent, goldenEvents } from '../../../support/binlog-files.ts';
import { streamBytes } from '../../../support/bytes-source.ts';
import { NO_ROWS_WRITER } from '../../../support/interpreted-format.ts';

const GOLDEN = goldenEvents('mysql97-full');
const whole = await streamBytes(GOLDEN);
const isGtid = (event: Buffer): boolean => event[4] === EVENT.GTID;

/** The golden file with one more event, before its third transaction. */
function withEvent(type: number, body: Buffer, flags = 0): { events: Buffer[]; end: number } {
  const gtids = GOLDEN.flatMap((event, index) => (isGtid(event) ? [index] : []));
  const at = gtids[2] ?? 0;
  // between two events of the file there is no place left: the one before it ends one byte later
  const end = (GOLDEN[at - 1]?.readUInt32LE(13) ?? 0) + 1;
  const extra = buildEvent({ type, body, flags, logPos: end, checksum: 'crc32' });
  return { events: [...GOLDEN.slice(0, at), extra, ...GOLDEN.slice(at)], end };
}

const idAt = (end: number): string => `0000000002-${String(end).padStart(13, '0')}-000000`;

function policyOf(changes: Partial<EventPolicyOptions> = {}) {
  const told: string[] = [];
  const policy = new EventPolicy({
    taskId: 't',
    skips: new EventSkips(),
    onError: 'fail',
    deadLetterTopic: 't.dead_letter',
    deadLetterBytesMax: 900_000,
    onUndelivered: (kind, { id }) => told.push(`${kind} ${id}`),
    ...changes,
  });
  return { policy, told };
}

const skipOf = (id: string) => new EventSkips([{ id, reason: 'because', atMs: 1 }]);

test('the golden file has rows to lose', () => {
  expect(whole.error).toBeNull();
  expect(whole.messages.length).toBeGreaterThan(20);
});

describe.each([
  ['an incident', 'CDC_INCIDENT', EVENT.INCIDENT, Buffer.from([1, 0, 4, ...Buffer.from('lost')])],
  ['an unknown event', 'CDC_EVENT_UNKNOWN', 99, Buffer.from('what?')],
  ['an event cut short', 'CDC_BINLOG_CORRUPT', EVENT.HEARTBEAT_V2, Buffer.from([200])],
] as const)('%s', (_what, code, type, body) => {
  test(`is ${code}, named by its id and its place`, async () => {
    const { events, end } = withEvent(type, body);
    const { error, messages } = await streamBytes(events);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error?.event).toMatchObject({ id: idAt(end), file: 'binlog.000002', position: end });
    expect(error?.hint).toContain('/v1/skip_event');
    expect(messages.length).toBeLessThan(whole.messages.length);
  });

  test('can be left out by a word on this one event, and everything else is delivered', async () => {
    const { events, end } = withEvent(type, body);
    const { policy, told } = policyOf({ skips: skipOf(idAt(end)) });
    const { error, messages } = await streamBytes(events, { policy });
    expect(error).toBeNull();
    expect(messages).toEqual(whole.messages);
    expect(told).toEqual([`skipped ${idAt(end)}`]);
  });

  test('is not left out by a policy for rows', async () => {
    const { events } = withEvent(type, body);
    const { error } = await streamBytes(events, { policy: policyOf({ onError: 'skip' }).policy });
    expect(error?.code).toBe(code);
  });
});

test('an unknown event that its flag allows to pass over is passed over', async () => {
  const { events } = withEvent(99, Buffer.from('later servers know me'), 0x80);
  expect(await streamBytes(events)).toEqual(whole);
});

test('an encrypted log is told as such', async () => {
  const { events } = withEvent(EVENT.MARIADB_START_ENCRYPTION, Buffer.alloc(17));
  expect((await streamBytes(events)).error).toMatchObject({ code: 'CDC_EVENT_ENCRYPTED', retryable: false });
});

describe('a row that can not be read', () => {
  const target = JSON.parse(whole.messages[5]?.value ?? '{}') as { id: string; table: string };
  const inner = galaxyFormat({ splitKeyChanges: true });
  /** Breaks at the rows event of that message, with what is thrown. */
  const breaking = (thrown: unknown): Format => ({
    ddl: inner.ddl,
    newBatch: inner.newBatch,
    walker: null,
    rowsWriter: () => NO_ROWS_WRITER,
    rowEncoder: (shape, topic) => {
      const encode = inner.rowEncoder(shape, topic);
      return (batch, action, row, context) => {
        if (eventOfTarget === `${context.logPos}-${context.innerEvent}`) throw thrown;
        return encode(batch, action, row, context);
      };
    },
  });
  const [, end = '', innerEvent = ''] = target.id.split('-');
  const eventOfTarget = `${Number(end)}-${Number(innerEvent)}`;
  const eventId = target.id.slice(0, target.id.lastIndexOf('-'));
  const others = whole.messages.filter(({ value }) => !value.includes(`"id":"${eventId}-`));
  const poison = new CdcError('CDC_CHARSET_UNKNOWN', 'no such character set');

  test.each([
    [poison, 'CDC_CHARSET_UNKNOWN'],
    [new TypeError('a defect'), 'CDC_ROW_ERROR'],
  ])('ends the stream by default, for good and by name', async (thrown, code) => {
    const { error } = await streamBytes(GOLDEN, { format: breaking(thrown) });
    expect(error).toMatchObject({ code, retryable: false, event: { id: eventId } });
  });

  test('goes to the dead letter topic with all that it takes to read it later', async () => {
    const { policy, told } = policyOf({ onError: 'dead_letter' });
    const { error, messages } = await streamBytes(GOLDEN, { format: breaking(poison), policy });
    expect(error).toBeNull();
    const letters = messages.filter(({ topic }) => topic === 't.dead_letter');
    expect(messages.filter(({ topic }) => topic !== 't.dead_letter')).toEqual(others);
    expect(told).toEqual([`dead_letter ${eventId}`]);
    const letter = JSON.parse(letters[0]?.value ?? '{}') as { event: Record<string, unknown> };
    expect(letter).toMatchObject({
      action: 'dead_letter',
      task_id: 't',
      id: eventId,
      table: target.table,
      code: 'CDC_CHARSET_UNKNOWN',
      event_header: { file: 'binlog.000002', log_pos: Number(end) },
    });
    expect(Buffer.from(String(letter.event.rows), 'base64').length).toBe(letter.event.rows_bytes);
    expect(String(letter.event.table_map).length).toBeGreaterThan(10);
  });

  test('is pointed at where the letter would be too large', async () => {
    const { policy } = policyOf({ onError: 'dead_letter', deadLetterBytesMax: 100 });
    const { messages } = await streamBytes(GOLDEN, { format: breaking(poison), policy });
    const letter = messages.find(({ topic }) => topic === 't.dead_letter');
    expect(JSON.parse(letter?.value ?? '{}')).toMatchObject({
      id: eventId,
      event: { rows: null, table_map: null },
    });
  });

  test('is dropped and counted, or left out by a word on this one event', async () => {
    const dropped = policyOf({ onError: 'skip' });
    const first = await streamBytes(GOLDEN, { format: breaking(poison), policy: dropped.policy });
    expect(first).toEqual({ messages: others, error: null });
    expect(dropped.told).toEqual([`dropped ${eventId}`]);
    const skipped = policyOf({ skips: skipOf(eventId) });
    const second = await streamBytes(GOLDEN, { format: breaking(poison), policy: skipped.policy });
    expect(second).toEqual({ messages: others, error: null });
    expect(skipped.told).toEqual([`skipped ${eventId}`]);
  });
});
