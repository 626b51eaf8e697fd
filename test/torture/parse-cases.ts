/**
 * Cases as text, a file for each theme in `cases/`. A case:
 *
 *   # T055 its title
 *   on mysql>=8.0.3 mariadb          servers, with the first version that has what the statements need
 *   slow                             only where asked for
 *   last                             its tables must still be there when it is read
 *   extra tt.sq                      rows of this table do not count
 *   secret text                      must not come out anywhere
 *   + CREATE TABLE t …               before it begins
 *   > INSERT INTO t …                what is done; `@…` are directions, see `Step`
 *   < insert tt.t null {"id":1}      what comes out: action, table, before, after
 *   < ddl tt.t                       a schema change; `nothing`: no message at all
 *
 * The marks +, > and < may name the server whose variant they are: `>[mariadb]`. The most exact variant is the one.
 * A statement in quotes is JSON text, for those of several lines. In values, {"$repeat":[s,n]}, {"$b64repeat":[s,n]}
 * and {"$seq":[a,b]} stand for long ones, {"$any":true} for one that is not null.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Exact, parseExact } from '../support/exact-json.ts';
import type { MysqlName } from '../support/servers.ts';

export type Step =
  | { readonly kind: 'sql'; readonly sql: string }
  | { readonly kind: 'session' | 'charset' | 'file'; readonly value: string }
  /** The next statement fails. */
  | { readonly kind: 'refused' }
  | { readonly kind: Direction };

/** For the stream, where it runs meanwhile, and for the server. */
export type Direction = 'stop' | 'kill' | 'start' | 'restart-server';

export interface Expectation {
  readonly action: string;
  /** `database.table`, or a database. */
  readonly table: string;
  readonly images: { readonly before: Exact; readonly after: Exact } | null;
  /** So many rows, each with another value of the column; then there are no images. */
  readonly count: { readonly rows: number; readonly column: string } | null;
}

export interface TortureCase {
  readonly id: string;
  readonly title: string;
  readonly slow: boolean;
  readonly last: boolean;
  readonly extraTables: readonly string[];
  readonly secrets: readonly string[];
  readonly setup: readonly Step[];
  readonly steps: readonly Step[];
  readonly expected: readonly Expectation[];
}

export const SERVER_VERSIONS: Readonly<Record<MysqlName, readonly [number, number, number]>> = {
  mysql97: [9, 7, 0],
  mysql84: [8, 4, 0],
  mysql80: [8, 0, 31],
  mysql57: [5, 7, 22],
  mariadb: [10, 11, 0],
};

const flavorOf = (server: MysqlName): string => (server === 'mariadb' ? 'mariadb' : 'mysql');

function runsOn(servers: string, server: MysqlName): boolean {
  const entry = servers.split(' ').find((text) => text.split('>=')[0] === flavorOf(server));
  if (entry === undefined) return false;
  const least = (entry.split('>=')[1] ?? '0').split('.').map(Number);
  const version = SERVER_VERSIONS[server];
  for (const [index, number] of version.entries()) {
    if (number !== (least[index] ?? 0)) return number > (least[index] ?? 0);
  }
  return true;
}

/** The lines with this mark for the server: of the most exact variant that has any. */
function marked(lines: readonly string[], mark: string, server: MysqlName): string[] {
  for (const variant of [`[${server}]`, `[${flavorOf(server)}]`, '']) {
    const start = `${mark}${variant} `;
    const found = lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
    if (found.length > 0) return found;
  }
  return [];
}

function parseStep(text: string): Step {
  if (text.startsWith('"')) return { kind: 'sql', sql: String(parseExact(text)) };
  const [, word = '', value = ''] = /^@(\S+) ?(.*)$/.exec(text) ?? [];
  switch (word) {
    case '':
      return { kind: 'sql', sql: text };
    case 'session':
    case 'charset':
      return { kind: word, value };
    case 'file':
      return { kind: word, value: String(parseExact(value)) };
    case 'refused':
      return { kind: 'refused' };
    case 'stop':
    case 'kill':
    case 'start':
    case 'restart-server':
      return { kind: word };
    default:
      throw new Error(`@${word}: there is no such direction`);
  }
}

function parseExpectation(text: string): Expectation {
  const [, action = '', quoted, plain, rest = ''] = /^(\w+) (?:("[^"]*")|(\S+)) ?(.*)$/.exec(text) ?? [];
  const table = quoted === undefined ? (plain ?? '') : String(parseExact(quoted));
  const [, rows, column] = /^(\d+) times (\w+)$/.exec(rest) ?? [];
  if (rows !== undefined && column !== undefined) {
    return { action, table, images: null, count: { rows: Number(rows), column } };
  }
  if (rest === '') return { action, table, images: null, count: null };
  // two values in a row: read as the members of a list
  const at = rest.startsWith('null ') ? 4 : endOfObject(rest);
  const [before, after] = [rest.slice(0, at), rest.slice(at + 1)].map((part) => parseExact(part));
  return { action, table, images: { before: before ?? null, after: after ?? null }, count: null };
}

function endOfObject(text: string): number {
  for (let at = text.indexOf('} '); at >= 0; at = text.indexOf('} ', at + 1)) {
    try {
      parseExact(text.slice(0, at + 1));
      return at + 1;
    } catch {
      // the brace was inside of a value
    }
  }
  throw new Error(`no two images in ${text.slice(0, 80)}`);
}

function parseCase(block: string, server: MysqlName): TortureCase | null {
  const lines = block.split('\n').filter((line) => line !== '');
  const words = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const [head = ''] = words('#');
  if (!runsOn(words('on')[0] ?? '', server)) return null;
  const steps = (mark: string): Step[] => marked(lines, mark, server).map(parseStep);
  const space = head.indexOf(' ');
  return {
    id: head.slice(0, space),
    title: head.slice(space + 1),
    slow: lines.includes('slow'),
    last: lines.includes('last'),
    extraTables: words('extra'),
    secrets: words('secret'),
    setup: steps('+'),
    steps: steps('>'),
    expected: marked(lines, '<', server)
      .filter((text) => text !== 'nothing')
      .map(parseExpectation),
  };
}

/** All cases that the server can run, in the order of their files, but for the last ones. */
export function readCases(server: MysqlName): TortureCase[] {
  const folder = join(import.meta.dirname, 'cases');
  const blocks = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8').split(/\n(?=# )/),
  );
  const cases = blocks.map((block) => parseCase(block, server)).filter((item) => item !== null);
  return [...cases.filter(({ last }) => !last), ...cases.filter(({ last }) => last)];
}
