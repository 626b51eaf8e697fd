/**
 * Chaos: a task under load whose connections and processes fail, and a look at whether the topics have what the tables
 * had.
 *
 *   npm run chaos -- [--seed N] [--runs 4] [--faults 12] [--kinds cut,hold,kill] [--delivery exactly_once]
 *                    [--server mysql97] [--hold kafka:90]
 *
 * Every run prints its seed, its faults, and a line of what came; `--seed THAT --runs 1` makes it again. Without
 * --delivery the runs take turns. Ends with 1 where a promise was broken.
 */
import { parseArgs } from 'node:util';
import { setup } from '../support/global-setup.ts';
import { mysqlServers } from '../support/servers.ts';
import { chaosRun } from './chaos-run.ts';
import { FAULTS, type FaultName } from './faults.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string', default: '4' },
    faults: { type: 'string', default: '12' },
    kinds: { type: 'string', default: FAULTS.join(',') },
    delivery: { type: 'string' },
    server: { type: 'string' },
    hold: { type: 'string' },
  },
});

const DELIVERIES = ['exactly_once', 'at_least_once'] as const;
const first = values.seed === undefined ? (Math.random() * 2 ** 30) | 0 : Number(values.seed);
const kinds = values.kinds.split(',') as FaultName[];
const wrong = kinds.filter((kind) => !FAULTS.includes(kind));
const asked = DELIVERIES.find((delivery) => delivery === values.delivery);
const [at, seconds] = (values.hold ?? '').split(':');
if (wrong.length > 0) throw new Error(`--kinds: ${wrong.join(', ')} is none of ${FAULTS.join(', ')}`);
if (values.delivery !== undefined && asked === undefined)
  throw new Error(`--delivery is one of ${DELIVERIES.join(', ')}`);
if (values.hold !== undefined && !((at === 'mysql' || at === 'kafka') && Number(seconds) > 0)) {
  throw new Error('--hold is mysql:SECONDS or kafka:SECONDS');
}
const longest = at === 'mysql' || at === 'kafka' ? ({ at, ms: Number(seconds) * 1_000 } as const) : undefined;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const stop = await setup();
let failed = 0;
try {
  const servers = mysqlServers().filter(({ name }) => values.server === undefined || name === values.server);
  for (let run = 0; run < Number(values.runs); run += 1) {
    const seed = first + run;
    const server = servers[run % servers.length];
    if (server === undefined) throw new Error(`no server ${values.server}`);
    const delivery = asked ?? DELIVERIES[run % 2] ?? 'exactly_once';
    say(`seed ${seed}: ${delivery} from ${server.name}`);
    const { address: mysql } = server;
    const outcome = await chaosRun({
      seed,
      faults: Number(values.faults),
      kinds,
      delivery,
      mysql,
      say,
      longest,
    });
    const { written, messages, repeats, problems, runnerRssBytes } = outcome;
    const rss = Math.round(runnerRssBytes / 1024 ** 2);
    say(
      `  ${written} changes, ${messages} messages, ${repeats} repeats, ${problems.length} problems, ${rss} MiB at most`,
    );
    for (const problem of problems) say(`  ${problem}`);
    if (problems.length > 0) failed += 1;
  }
} finally {
  await stop?.();
}
say(`${values.runs} runs, ${failed} with problems`);
process.exitCode = failed === 0 ? 0 : 1;
