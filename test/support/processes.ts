import { readdir, readFile } from 'node:fs/promises';

/** Ids of the running processes whose command line names `program` and whose environment or command line `mark`. */
export async function findProcesses(program: string, mark: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes(program)) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (command.includes(mark) || environment.includes(mark)) found.push(Number(entry));
  }
  return found;
}
