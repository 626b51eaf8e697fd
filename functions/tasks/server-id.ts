import type { TaskStore } from '../../core/task.ts';

/** People number their servers from 1 and rarely above 2^31; the last id of all is kept free. */
const FIRST = 2 ** 31;
const COUNT = 2 ** 31 - 1;

/** Looking at more tasks than this for one id costs more than the chance of meeting one is worth. */
const TASKS_READ_MAX = 2_000;

/** A replica server id in the upper half of the 32 bits. */
export function randomServerId(random: () => number): number {
  return FIRST + Math.floor(random() * COUNT);
}

/** One that no other task has, as far as the first 2,000 tell; among the rest it is one in two thousand million. */
export async function chooseServerId(tasks: TaskStore, random: () => number): Promise<number> {
  const taken = new Set<number>();
  let cursor: string | undefined;
  do {
    const page = await tasks.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    for (const task of page.tasks) taken.add(task.serverId);
    cursor = page.cursor;
  } while (cursor !== undefined && taken.size < TASKS_READ_MAX);
  let id = randomServerId(random);
  while (taken.has(id)) id = id + 1 < FIRST + COUNT ? id + 1 : FIRST;
  return id;
}
