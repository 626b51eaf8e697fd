/** The short form of `npm run chaos`: the same faults, each time. */
import { expect, test } from 'vitest';
import { chaosRun } from '../chaos/chaos-run.ts';
import { mysqlServers } from '../support/servers.ts';

test.each([
  { delivery: 'exactly_once', server: 'mysql97', seed: 11 },
  { delivery: 'at_least_once', server: 'mariadb', seed: 12 },
] as const)(
  '$delivery from $server holds over what a network and an operator do',
  async ({ delivery, server, seed }) => {
    const servers = mysqlServers();
    const mysql = (servers.find(({ name }) => name === server) ?? servers[0])?.address;
    if (mysql === undefined) throw new Error('The tests have no MySQL');
    const lines: string[] = [];
    const outcome = await chaosRun({
      seed,
      faults: 5,
      kinds: ['cut', 'refuse', 'hold', 'delay', 'slow', 'kill'],
      delivery,
      mysql,
      say: (line) => lines.push(line),
    });
    expect(outcome.problems, lines.join('\n')).toEqual([]);
    expect(outcome.written).toBeGreaterThan(100);
  },
);
