/** One chaos run: a task under load, faults from a seed, and what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { picker } from '../fuzz/damage.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { Galaxy, Playground } from '../support/playground.ts';
import type { MysqlAddress } from '../support/servers.ts';
import { testServers } from '../support/servers.ts';
import { FAULTS, type Fault, type FaultName, faultText, strike } from './faults.ts';
import { watchMemory } from './memory.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** Faults in all. */
  readonly faults: number;
  readonly kinds: readonly FaultName[];
  readonly delivery: 'at_least_once' | 'exactly_once';
  readonly mysql: MysqlAddress;
  readonly say: (line: string) => void;
  /** A long fault of the network, on top. */
  readonly longest?: { readonly at: Fault['at']; readonly ms: number } | undefined;
}

export interface ChaosOutcome {
  readonly written: number;
  readonly messages: number;
  readonly repeats: number;
  /** What is wrong; empty where all is as promised. */
  readonly problems: readonly string[];
  /** The most that a runner had of memory, in bytes. */
  readonly runnerRssBytes: number;
}

const LEASE_MS = 15_000;

/** The faults of a seed. A pause may be shorter or longer than a lease. */
export function plan({ seed, faults, kinds }: Pick<ChaosOptions, 'seed' | 'faults' | 'kinds'>): Fault[] {
  const pick = picker(seed);
  return Array.from({ length: faults }, () => {
    const name = kinds[pick(kinds.length)] ?? FAULTS[0];
    const at = pick(2) === 0 ? 'mysql' : 'kafka';
    const ms = name === 'pause' ? 500 + pick(LEASE_MS * 1.4) : 200 + pick(4_000);
    return { name, at, ms };
  });
}

export async function chaosRun(options: ChaosOptions): Promise<ChaosOutcome> {
  const { seed, delivery, mysql, say } = options;
  const kafka = testServers().kafka;
  const [broker = ''] = kafka?.brokers ?? [];
  const [host = '', port = ''] = broker.split(':');
  const scene = {
    galaxy: await Galaxy.up(),
    mysql: await FaultProxy.before({ host: mysql.host, port: mysql.port }),
    kafka: await FaultProxy.before({ host, port: Number(port) }, { rewrite: true }),
  };
  const memory = watchMemory(scene.galaxy);
  const playground = await Playground.open(scene.galaxy.api, mysql);
  try {
    await playground.post({
      mysql_config: { ...credentials(mysql), host: '127.0.0.1', port: scene.mysql.port },
      kafka_conf: { enable_sasl: false, brokers: [`127.0.0.1:${scene.kafka.port}`], delivery },
    });
    playground.writer.start(600);
    const pick = picker(seed + 1);
    const long: Fault[] =
      options.longest === undefined ? [] : [{ name: 'hold', at: options.longest.at, ms: options.longest.ms }];
    for (const fault of [...plan(options), ...long]) {
      await sleep(300 + pick(1_500));
      say(`  ${faultText(fault)}`);
      await strike(scene, fault);
    }
    await playground.writer.stop();
    const problems = await playground.problems();
    const { repeats } = playground;
    if (delivery === 'exactly_once' && repeats > 0) problems.push(`${repeats} messages came more than once`);
    return {
      written: playground.writer.written.length,
      messages: playground.reader.messages.length,
      repeats,
      problems,
      runnerRssBytes: memory.stop(),
    };
  } finally {
    memory.stop();
    await playground.close();
    await scene.galaxy.down();
    await scene.mysql.close();
    await scene.kafka.close();
  }
}

const credentials = ({ user, password }: MysqlAddress) => ({ user, password });
