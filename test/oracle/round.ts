import { type Chance, fromSeed } from './chance.ts';
import type { Server } from './column-type.ts';
import { type RowImage, sessionSettings, type Unit, unit } from './statements.ts';
import { randomTable, type Table } from './table.ts';

/** One table and all that is done to it. */
export interface Round {
  readonly seed: number;
  readonly table: Table;
  /** Run before the table is made. */
  readonly session: readonly string[];
  readonly units: readonly Unit[];
  /** Every image of every row has all columns. */
  readonly fullImages: boolean;
}

const SPREAD = 0x9e37_79b1;

/** `--seed` of this with `--rounds 1` makes the same round again. */
export const roundSeed = (seed: number, index: number): number => (seed + index * SPREAD) >>> 0;

function session(chance: Chance): string[] {
  const settings = [
    `sql_mode = '${chance.pick(['', '', 'ALLOW_INVALID_DATES'])}'`,
    `time_zone = '${chance.pick(['+00:00', '-05:30', '+13:00'])}'`,
  ];
  return settings.map((text) => `SET SESSION ${text}`);
}

/** MySQL 8.0.30 and later can give a table without a primary key one that nobody sees. */
function withInvisibleKey(table: Table): Table {
  const name = 'my_row_id';
  const column: Table['columns'][number] = {
    name,
    quoted: `\`${name}\``,
    sql: 'BIGINT UNSIGNED',
    kind: 'integer',
    literal: () => 'DEFAULT',
    key: 'yes',
    blob: false,
    bytes: 8,
    notNull: true,
    generated: true,
  };
  return { ...table, columns: [column, ...table.columns], key: [name] };
}

function build(server: Server, chance: Chance, seed: number, number: number): Round {
  const bare = randomTable(server, chance, number);
  const keyless = bare.transactional && bare.key.length === 0;
  const hides = server.flavor === 'mysql' && server.version >= 80 && keyless && chance.percent(20);
  const table = hides ? withInvisibleKey(bare) : bare;
  const fullImages = chance.percent(30);
  let image: RowImage = 'FULL';
  const units: Unit[] = [];
  const count = chance.int(5, 16);
  for (let index = 0; index < count; index += 1) {
    if (index === 0 || chance.percent(20)) {
      image = fullImages ? 'FULL' : chance.pick(['FULL', 'MINIMAL', 'NOBLOB']);
      units.push(sessionSettings(server, chance, image).map((text) => `SET SESSION ${text}`));
    }
    units.push(unit(chance, table, image));
  }
  const before = session(chance);
  if (server.flavor === 'mysql' && server.version >= 80) {
    before.push(`SET SESSION sql_generate_invisible_primary_key = ${hides ? 'ON' : 'OFF'}`);
  }
  return { seed, table, session: before, units, fullImages };
}

export function makeRound(server: Server, seed: number, number: number): Round {
  return fromSeed(seed, (chance) => build(server, chance, seed, number));
}

/** The round as a script for the server's own client. */
export function roundScript(round: Round): string {
  const lines = [...round.session, round.table.create, ...round.units.flat()];
  return lines.map((line) => `${line};\n`).join('');
}
