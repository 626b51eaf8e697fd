import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { checkLiteral, guardedLookup, networkPolicy } from '../../../core/network-policy.ts';

const open = networkPolicy({ networks: [], loopback: true });
const onAws = networkPolicy({ networks: [], loopback: false });

test.each([
  ['127.0.0.1', false],
  ['127.9.9.9', false],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['10.0.0.1', true],
])('beside a function or a runner on AWS, may %s be reached? %s', (address, expected) => {
  expect(onAws.mayReach(address)).toBe(expected);
  expect(networkPolicy({ networks: [], loopback: true }).mayReach(address)).toBe(true);
});

test('a network that names this machine opens it, and metadata stays shut', () => {
  const policy = networkPolicy({ networks: ['127.0.0.0/8', '169.254.0.0/16'], loopback: false });
  expect(policy.mayReach('127.0.0.1')).toBe(true);
  expect(policy.mayReach('169.254.170.2')).toBe(false);
});

type Answer = { error: NodeJS.ErrnoException | null; found: unknown };

const ask = (addresses: string[], all: boolean): Promise<Answer> => {
  const lookup: LookupFunction = (_host, options, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, found);
    else callback(null, addresses[0] ?? '', 4);
  };
  return new Promise((resolve) => {
    guardedLookup(open, lookup)('name.example', { all }, (error, found) => resolve({ error, found }));
  });
};

test('a look-up that gives a refused address among others is refused as a whole', async () => {
  expect(await ask(['10.0.0.1', '169.254.169.254'], true)).toMatchObject({
    error: { code: 'CDC_HOST_NOT_ALLOWED', message: expect.stringContaining('169.254.169.254') },
  });
  expect(await ask(['169.254.169.254'], false)).toMatchObject({ error: { code: 'CDC_HOST_NOT_ALLOWED' } });
  expect(await ask(['10.0.0.1', 'fd00::1'], true)).toMatchObject({ error: null });
  expect(await ask(['10.0.0.1'], false)).toEqual({ error: null, found: '10.0.0.1' });
});

test('an address that is written out is checked without a look-up', () => {
  expect(() => checkLiteral(open, '169.254.169.254')).toThrow(/may not reach/);
  expect(() => checkLiteral(open, 'fe80::1')).toThrow(/may not reach/);
  for (const host of ['10.0.0.1', 'name.example']) expect(() => checkLiteral(open, host)).not.toThrow();
  expect(() => checkLiteral(undefined, '169.254.169.254')).not.toThrow();
});
