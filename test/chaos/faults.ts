/** What a chaos run does to a task, chosen by a seed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { Galaxy } from '../support/playground.ts';

export interface Scene {
  readonly galaxy: Galaxy;
  readonly mysql: FaultProxy;
  readonly kafka: FaultProxy;
}

export const FAULTS = [
  'cut',
  'refuse',
  'hold',
  'delay',
  'slow',
  'kill',
  'pause',
  'kill-galaxy',
  'restart-galaxy',
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  readonly name: FaultName;
  /** Which connection, where it is one of the network. */
  readonly at: 'mysql' | 'kafka';
  readonly ms: number;
}

export const faultText = ({ name, at, ms }: Fault): string =>
  ['kill', 'kill-galaxy', 'restart-galaxy'].includes(name)
    ? name
    : name === 'pause'
      ? `pause for ${ms} ms`
      : `${name} ${at} for ${ms} ms`;

/** Waits for a runner: the next one may be on its way, up to a minute later where several died before they streamed. */
export async function runnersOf(galaxy: Galaxy): Promise<number[]> {
  for (const deadline = Date.now() + 150_000; Date.now() < deadline; await sleep(20)) {
    const runners = await galaxy.runners();
    if (runners.length > 0) return runners;
  }
  throw new Error('no runner was started within 150 s');
}

function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself in the meantime
  }
}

/** Does it, and heals what can be healed when its time is over. */
export async function strike(scene: Scene, { name, at, ms }: Fault): Promise<void> {
  const { galaxy } = scene;
  const proxy = scene[at];
  switch (name) {
    case 'cut':
      proxy.cut();
      return;
    case 'refuse':
      proxy.refuse();
      proxy.cut();
      break;
    case 'hold':
      proxy.hold();
      break;
    case 'delay':
      proxy.delayMs = 20 + (ms % 180);
      break;
    case 'slow':
      proxy.bytesPerSecond = 100_000;
      break;
    case 'kill':
      for (const pid of await runnersOf(galaxy)) signal(pid, 'SIGKILL');
      return;
    case 'pause':
      await pause(galaxy, ms);
      return;
    case 'kill-galaxy':
      await galaxy.controlPlane.stop('SIGKILL');
      await galaxy.controlPlane.start();
      return;
    default:
      await galaxy.controlPlane.stop('SIGTERM');
      await galaxy.controlPlane.start();
      return;
  }
  await sleep(ms);
  proxy.heal();
}

/** The process stands still, perhaps for longer than its lease, and goes on then. */
async function pause(galaxy: Galaxy, ms: number): Promise<void> {
  const runners = await runnersOf(galaxy);
  for (const pid of runners) signal(pid, 'SIGSTOP');
  await sleep(ms);
  for (const pid of runners) signal(pid, 'SIGCONT');
}
