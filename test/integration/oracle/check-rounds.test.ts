import { expect, test } from 'vitest';
import { checkRounds } from '../../oracle/check-rounds.ts';
import { mysqlServers } from '../../support/servers.ts';

/** Another one at each run; `npm run oracle -- --rounds 12 --seed THIS` makes the same rounds again. */
const SEED = Math.trunc(Math.random() * 2 ** 31);

test.each(mysqlServers())(
  `messages of random changes of random tables on $name, replayed, are what it selects (seed ${SEED})`,
  async ({ name, address }) => {
    const outcome = await checkRounds({ name, address, seed: SEED, first: 0, count: 12, metadata: 'FULL' });
    const problems = outcome.differences.map(({ round, problems: found }) => [
      round.seed,
      ...found.slice(0, 5),
    ]);
    expect(problems).toEqual([]);
    expect(outcome.rounds).toBeGreaterThan(4);
    expect(outcome.snapshots).toBeGreaterThan(20);
    expect(outcome.messages).toBeGreaterThan(20);
  },
);
