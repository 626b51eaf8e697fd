import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hashToken, parseTokens } from '../../../../functions/middleware/auth.ts';

const ROOT = new URL('../../../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, ROOT), 'utf8');

test('every port of compose.yaml is on loopback: its servers have no passwords', () => {
  const ports = [...read('compose.yaml').matchAll(/^ +(?:ports: \["|- ")([^"]*:\d+|[^"]*\})"?\]?$/gm)].map(
    (match) => match[1] ?? '',
  );
  expect(ports.length).toBeGreaterThan(8);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('the token that README names opens the service of compose.yaml', () => {
  const [token] = parseTokens(read('infra/local/compose/tokens'));
  expect(token).toMatchObject({ role: 'admin' });
  expect(token?.hash.equals(hashToken('galaxy-compose'))).toBe(true);
  expect(read('README.md')).toContain('Bearer galaxy-compose');
});
