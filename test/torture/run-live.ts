/** The stream runs while the cases happen, and is stopped and killed where they say so. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MysqlAddress } from '../support/servers.ts';
import { LiveStream } from './live-stream.ts';
import { byMark, judge, type Outcome } from './outcome.ts';
import type { Direction, TortureCase } from './parse-cases.ts';
import { logPosition, streamArguments, withMarks } from './run-after.ts';
import type { Sessions } from './sessions.ts';

/** Longer than the time between two checkpoints. */
const CHECKPOINT_MS = 1_200;

class LiveRun {
  readonly #sessions: Sessions;
  readonly #address: MysqlAddress;
  readonly #folder: string;
  readonly #restartServer: () => Promise<void>;
  #stream: LiveStream;
  #mark = 0;
  #killed = false;

  constructor(sessions: Sessions, address: MysqlAddress, folder: string, restartServer: () => Promise<void>) {
    this.#sessions = sessions;
    this.#address = address;
    this.#folder = folder;
    this.#restartServer = restartServer;
    this.#stream = this.#newStream();
  }

  #newStream(): LiveStream {
    this.#mark += 1;
    return new LiveStream(streamArguments(this.#address), join(this.#folder, `checkpoint-${this.#mark}`));
  }

  /** From the server's position of now on, when its first mark has come. */
  async begin(): Promise<void> {
    this.#stream = this.#newStream();
    this.#stream.launch(await logPosition(this.#address));
    await this.#live();
  }

  async end(): Promise<void> {
    await this.#stream.stop();
  }

  async #live(): Promise<number> {
    this.#mark += 1;
    await this.#sessions.mark(this.#mark);
    await this.#stream.mark(this.#mark);
    return this.#mark;
  }

  async #direct(direction: Direction): Promise<void> {
    switch (direction) {
      case 'restart-server':
        return await this.#restartServer();
      case 'stop':
        return await this.#stream.stop();
      case 'kill':
        this.#killed = true;
        await sleep(CHECKPOINT_MS);
        return await this.#stream.kill();
      default:
        this.#stream.launch('checkpoint');
    }
  }

  async run(item: TortureCase): Promise<Outcome> {
    this.#killed = false;
    try {
      await this.#sessions.prepare(item);
      const first = await this.#live();
      await this.#sessions.run(item.steps, (direction) => this.#direct(direction));
      await this.#live();
      const lines = this.#stream.takeLines();
      const own = byMark(lines).get(first) ?? [];
      const secret = item.secrets.find((word) => this.#stream.stderr.includes(word));
      const problem = secret === undefined ? judge(item, own, this.#killed) : 'a secret is in the log';
      return { item, problem };
    } catch (error) {
      await this.#stream.kill();
      await this.begin();
      return { item, problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

export async function runLive(
  address: MysqlAddress,
  cases: readonly TortureCase[],
  restartServer: () => Promise<void>,
): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'galaxy-torture-'));
  try {
    return await withMarks(address, async (sessions) => {
      const run = new LiveRun(sessions, address, folder, restartServer);
      await run.begin();
      const outcomes: Outcome[] = [];
      for (const item of cases) outcomes.push(await run.run(item));
      await run.end();
      return outcomes;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
