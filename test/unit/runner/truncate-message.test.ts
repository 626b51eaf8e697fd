import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { truncateMessage } from '../../../runner/truncate-message.ts';

const message = (after: object, before: object | null = null): Buffer =>
  Buffer.from(
    JSON.stringify({ database: 'shop', table: 'orders', action: 'update', before, after, id: '1-2-3-4' }),
  );
const parsed = (value: Buffer | undefined): { after: Partial<Record<string, string>>; truncated: string[] } =>
  JSON.parse(String(value)) as { after: Partial<Record<string, string>>; truncated: string[] };

describe('cutting a message', () => {
  test('cuts the named columns of both images, says which, and leaves the others alone', () => {
    const value = message(
      { id: 1, text: 'x'.repeat(5_000), note: 'y'.repeat(500) },
      { id: 1, text: 'z'.repeat(5_000) },
    );
    const cut = truncateMessage(value, ['text'], 2_000);
    expect(cut?.columns).toEqual(['text']);
    expect(cut?.value.length).toBeLessThanOrEqual(2_000);
    const { after, truncated } = parsed(cut?.value);
    expect(truncated).toEqual(['text']);
    expect(after.note).toBe('y'.repeat(500));
    expect(after.text).toMatch(/^x{100,}$/);
  });

  test('lets short values stay whole and shares the room among the long ones', () => {
    const cut = truncateMessage(message({ a: 'a'.repeat(10), b: 'b'.repeat(9_000) }), ['*'], 1_000);
    const { after } = parsed(cut?.value);
    expect(after.a).toBe('a'.repeat(10));
    expect(after.b?.length).toBeGreaterThan(700);
  });

  test.each([['text'], ['orders.text'], ['shop.orders.text'], ['sh*.*.te*']])(
    'knows a column as %s',
    (name) => {
      expect(truncateMessage(message({ text: 'x'.repeat(5_000) }), [name], 1_000)).not.toBeNull();
    },
  );

  test.each([['tex'], ['items.text'], ['other.orders.text'], ['number'], ['json']])(
    'has nothing to cut in %s',
    (name) => {
      const value = message({ text: 'x'.repeat(5_000), number: 12, json: { text: 'x'.repeat(5_000) } });
      expect(truncateMessage(value, [name], 1_000)).toBeNull();
    },
  );

  test('gives up where the rest alone is too large', () => {
    expect(
      truncateMessage(message({ text: 'x'.repeat(50), note: 'y'.repeat(5_000) }), ['text'], 1_000),
    ).toBeNull();
  });

  test('never rounds a number', () => {
    const value = Buffer.from(
      `{"database":"d","table":"t","after":{"n":18446744073709551615,"text":"${'x'.repeat(999)}"},"id":"1"}`,
    );
    expect(String(truncateMessage(value, ['text'], 500)?.value)).toContain('"n":18446744073709551615');
  });

  test('is valid JSON of at most the wanted length, whatever the text', () => {
    const texts = fc.string({ unit: 'binary', minLength: 0, maxLength: 400 });
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 200, max: 900 }), (a, b, bytesMax) => {
        const value = message({ a, b, 'q"\\': a });
        const cut = truncateMessage(value, ['a', 'q"*'], bytesMax);
        if (cut === null) return;
        expect(cut.value.length).toBeLessThanOrEqual(Math.max(bytesMax, value.length + 40));
        if (value.length > bytesMax) expect(cut.value.length).toBeLessThanOrEqual(bytesMax);
        const { after } = parsed(cut.value);
        expect(after.b).toBe(b);
        expect(a.isWellFormed() ? a.startsWith(after.a ?? '?') : true).toBe(true);
      }),
    );
  });
});
