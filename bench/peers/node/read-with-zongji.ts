/**
 * Reads a range with a library of the zongji family: each row as JSON to standard output, at the end how many on
 * standard error. Arguments: the library's entry file, and the range as JSON.
 */
import { closeSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { PeerRange } from '../peer-range.ts';

/** What is used of the library. */
interface ZongjiEvent {
  getTypeName(): string;
  readonly nextPosition: number;
  readonly binlogName?: string;
  readonly rows?: readonly unknown[];
}

interface Zongji {
  on(name: 'binlog', listener: (event: ZongjiEvent) => void): void;
  on(name: 'error', listener: (error: Error) => void): void;
  start(options: object): void;
}

type ZongjiClass = new (connection: object) => Zongji;

const WRITE_CHARS = 65_536;

const [entry = '', range = '{}'] = process.argv.slice(2);
const { host, port, user, password, file, position, endFile, endPosition } = JSON.parse(range) as PeerRange;
const library = (await import(pathToFileURL(entry).href)) as { default: ZongjiClass };
const zongji = new library.default({ host, port, user, password });

let rows = 0;
let text = '';
let current = file;

function end(): never {
  writeSync(1, text);
  closeSync(1);
  writeSync(2, `${JSON.stringify({ rows })}\n`);
  process.exit(0);
}

zongji.on('error', (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
zongji.on('binlog', (event) => {
  if (event.rows !== undefined) {
    for (const row of event.rows) {
      rows += 1;
      text += `${JSON.stringify(row)}\n`;
    }
    if (text.length > WRITE_CHARS) {
      writeSync(1, text);
      text = '';
    }
    return;
  }
  current = event.binlogName ?? current;
  if (event.getTypeName() === 'Xid' && current === endFile && event.nextPosition >= endPosition) end();
});
zongji.start({
  serverId: 3_000_000_000 + process.pid,
  filename: file,
  position,
  includeEvents: ['rotate', 'tablemap', 'writerows', 'updaterows', 'deleterows', 'xid'],
  includeSchema: { bench: true },
});
