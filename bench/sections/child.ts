import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program of this folder in a process of its own, with the order as its argument in JSON. */
export interface OrderedChild {
  /** Resolves with the next line of JSON on its standard output. */
  nextLine(): Promise<Readonly<Record<string, unknown>>>;
  /** Ends it where it goes on; resolves when it is gone, so that it adds no CPU time to what is measured next. */
  end(): Promise<void>;
}

export function startChild(file: string, order: object): OrderedChild {
  const child = spawn(process.execPath, [file, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = whyEnded(child);
  return {
    nextLine: async () => {
      const line = await lines.next();
      if (line.done === true) throw new Error(await ended);
      return JSON.parse(line.value) as Record<string, unknown>;
    },
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function whyEnded(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(`ended with ${code}: ${said.trim()}`));
  });
}
