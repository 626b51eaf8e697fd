import { expect, test } from 'vitest';
import { networkPolicy } from '../../../../core/network-policy.ts';
import { createHostPolicy } from '../../../../functions/source-check/host-policy.ts';

const NAMES: Readonly<Record<string, string[]>> = {
  'db.example': ['10.1.2.3'],
  'metadata.example': ['169.254.169.254'],
  'both.example': ['10.1.2.3', '203.0.113.9'],
};
const resolve = async (host: string): Promise<string[]> => NAMES[host] ?? [];

async function allowed(networks: string[], host: string): Promise<boolean> {
  try {
    await createHostPolicy(networkPolicy({ networks, loopback: true }), resolve).allow(
      host,
      'mysql_config.host',
    );
    return true;
  } catch (error) {
    expect(error).toMatchObject({
      code: 'CDC_HOST_NOT_ALLOWED',
      details: [{ path: 'mysql_config.host', problem: expect.stringContaining(host) }],
    });
    return false;
  }
}

test.each([
  ['169.254.169.254', false],
  ['::ffff:169.254.169.254', false],
  ['fe80::1', false],
  ['fe80::1%eth0', false],
  ['[fe80::1]', false],
  ['fd00:ec2::254', false],
  ['::ffff:a9fe:a9fe', false],
  ['::169.254.169.254', false],
  ['64:ff9b::169.254.169.254', false],
  ['2002:a9fe:a9fe::1', false],
  ['168.63.129.16', false],
  ['0.0.0.0', false],
  ['::', false],
  ['metadata.example', false],
  ['127.0.0.1', true],
  ['10.0.0.1', true],
  ['db.example', true],
  ['nowhere.example', true],
])('without networks, may %s be reached? %s', async (host, expected) => {
  expect(await allowed([], host)).toBe(expected);
});

test.each([
  ['10.9.9.9', true],
  ['db.example', true],
  ['11.0.0.1', false],
  ['both.example', false],
  ['fd12::5', true],
  ['fd13::5', false],
  ['192.168.7.7', true],
  ['192.168.7.8', false],
])('within 10.0.0.0/8, fd12::/16 and one address, may %s be reached? %s', async (host, expected) => {
  expect(await allowed(['10.0.0.0/8', 'fd12::/16', '192.168.7.7'], host)).toBe(expected);
});

test('a network does not open what is always refused', async () => {
  expect(await allowed(['0.0.0.0/0'], '169.254.169.254')).toBe(false);
});

test.each(['10.0.0.0/33', 'example', '10.0.0/8', ''])('%j is no network', (network) => {
  expect(() => networkPolicy({ networks: [network], loopback: true })).toThrow(/is not a network/);
});
