/** Values of every type, at their edges: what the decoder makes of the binlog must be what the server selects. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectMysql, type MysqlSession } from '../../../../core/mysql/session.ts';
import { imageTexts, rowsSince, targetOf } from '../../../support/binlog-rows.ts';
import { type MysqlName, mysqlServers } from '../../../support/servers.ts';
import { BYTES, NUMBERS, type Oracle, OWN, TEXTS, TIMES, type Type } from '../../../support/value-types.ts';

const SELECT: Readonly<Record<Oracle, (column: string) => string>> = {
  number: (column) => `CAST(${column} AS CHAR)`,
  float32: (column) => `CAST(${column} + 0e0 AS CHAR)`,
  string: (column) => `CONVERT(${column} USING utf8mb4)`,
  utc: (column) => `CAST(${column} AS CHAR)`,
  bytes: (column) => `HEX(${column})`,
  json: (column) => `CAST(${column} AS CHAR)`,
  geometry: (column) => `HEX(${column})`,
  vector: (column) => `HEX(${column})`,
};

/** JSON text without the blanks outside its strings; 5.7 leaves the line breaks of base64 as they are. */
const compact = (json: string): string =>
  json.replaceAll('\n', '\\n').replace(/("(?:[^"\\]|\\.)*")|\s+/gs, '$1');

/** MySQL 5.7 prints doubles that are whole without `.0`. */
const withoutPointZero = (json: string): string =>
  json.replace(/("(?:[^"\\]|\\.)*")|(-?\d+)\.0(?=[,\]}]|$)/gs, (all, text, whole) => text ?? whole ?? all);

function wanted(oracle: Oracle, selected: string): string {
  switch (oracle) {
    case 'utc':
      return JSON.stringify(`${selected.replace(' ', 'T')}Z`);
    case 'string':
      return JSON.stringify(selected);
    case 'json':
      return compact(selected);
    case 'bytes':
      return JSON.stringify(Buffer.from(selected, 'hex').toString('base64'));
    case 'geometry': {
      const bytes = Buffer.from(selected, 'hex');
      return `{"srid":${bytes.readUInt32LE(0)},"wkb_hex":"${bytes.toString('hex', 4)}"}`;
    }
    default:
      return selected;
  }
}

/** Numbers are compared as the numbers they are, all else as text. */
function same(oracle: Oracle, text: string, selected: string, name: MysqlName): boolean {
  if (oracle === 'float32') return Math.fround(Number(text)) === Math.fround(Number(selected));
  if (oracle === 'number')
    return /[.e]/.test(text + selected) ? Number(text) === Number(selected) : text === selected;
  if (oracle === 'vector') {
    const bytes = Buffer.alloc(selected.length / 2);
    const values: unknown = JSON.parse(text);
    if (Array.isArray(values))
      for (const [index, value] of values.entries()) bytes.writeFloatLE(Number(value), 4 * index);
    return bytes.toString('hex') === selected.toLowerCase();
  }
  if (oracle === 'json' && name === 'mysql57') return withoutPointZero(text) === wanted(oracle, selected);
  return text === wanted(oracle, selected);
}

/** BIT comes as bytes, the year 0 as 0000, unless they are taken as numbers. */
const asNumber = (column: Type): boolean => /^(BIT|YEAR)/.test(column.sql);
const DATABASE = 'galaxy_values';

describe.each(mysqlServers())('$name', ({ name, address }) => {
  let session: MysqlSession;

  beforeAll(async () => {
    session = await connectMysql(targetOf(address));
    await session.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await session.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);
    await session.query(`USE ${DATABASE}`);
    await session.query("SET time_zone = '+00:00'");
  });

  afterAll(async () => {
    await session.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await session.end();
  });

  test.each([
    ['numbers', NUMBERS],
    ['dates and times', TIMES],
    ['text, labels', TEXTS],
    ['bytes and shapes', BYTES],
    ['its own types', OWN[name]],
  ])('%s', async (title, types) => {
    const table = title.replaceAll(/\W/g, '_');
    const columns = types.map((item, index) => `c${index} ${item.sql}`);
    const rows = Math.max(...types.map((item) => item.values.length));
    await session.query(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, ${columns.join(', ')}) ROW_FORMAT=DYNAMIC`,
    );
    const from = await session.currentPosition();
    for (let row = 0; row < rows; row += 1) {
      const values = types.map((item) => item.values[row] ?? 'NULL');
      await session.query(`INSERT IGNORE INTO ${table} VALUES (${row}, ${values.join(', ')})`);
    }
    const list = types.map((item, index) => {
      const column = asNumber(item) ? `CAST(c${index} + 0 AS CHAR)` : `c${index}`;
      return `${SELECT[item.oracle](column)} AS c${index}`;
    });
    const selected = await session.query(`SELECT ${list.join(', ')} FROM ${table} ORDER BY id`);
    const empty = types.filter((_item, index) => selected.every((row) => row[`c${index}`] === null));
    expect(empty).toEqual([]);
    const logged = await rowsSince(address, DATABASE, from);
    expect(logged).toHaveLength(rows);
    const differences = logged.flatMap(({ shape, after }, row) => {
      const texts = imageTexts(shape, after);
      return types.flatMap((item, index) => {
        const select = selected[row]?.[`c${index}`] ?? null;
        const text = texts[`c${index}`] ?? 'absent';
        const equal = select === null ? text === 'null' : same(item.oracle, text, select, name);
        return equal ? [] : [`${item.sql}: ${text.slice(0, 200)}, not ${select?.slice(0, 200)}`];
      });
    });
    expect(differences).toEqual([]);
  });
});
