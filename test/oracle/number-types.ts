import fc from 'fast-check';
import type { Chance } from './chance.ts';
import type { ColumnType } from './column-type.ts';
import type { Kind } from './kinds.ts';

type Literal = ColumnType['literal'];

const fixed = (sql: string, kind: Kind, bytes: number, literal: Literal): ColumnType => ({
  sql,
  kind,
  literal,
  key: 'yes',
  blob: false,
  bytes,
});

const INTEGERS = [
  ['TINYINT', 8],
  ['SMALLINT', 16],
  ['MEDIUMINT', 24],
  ['INT', 32],
  ['BIGINT', 64],
] as const;

function integerLiteral(bits: number, unsigned: boolean): Literal {
  const half = 1n << BigInt(bits - 1);
  const min = unsigned ? 0n : -half;
  const max = unsigned ? 2n * half - 1n : half - 1n;
  const edges = [min, max, min + 1n, max - 1n, 0n, 1n, max + 1n, half];
  return (chance) =>
    String(
      chance.percent(40) ? chance.pick(edges) : chance.draw(fc.bigInt({ min: min - 1n, max: max + 1n })),
    );
}

export function integerColumn(chance: Chance): ColumnType {
  const [name, bits] = chance.pick(INTEGERS);
  const options = chance.pick(['', '', ' UNSIGNED', ' UNSIGNED', ' UNSIGNED ZEROFILL']);
  const width = bits === 8 && chance.percent(30) ? '(1)' : '';
  return fixed(`${name}${width}${options}`, 'integer', bits / 8, integerLiteral(bits, options !== ''));
}

export function yearColumn(): ColumnType {
  return fixed('YEAR', 'integer', 1, (chance) =>
    chance.percent(20) ? "'0000'" : String(chance.int(1901, 2156)),
  );
}

export function decimalColumn(chance: Chance): ColumnType {
  const precision = chance.percent(20) ? 65 : chance.int(1, 65);
  const scale = chance.int(0, Math.min(30, precision));
  const unsigned = chance.percent(20) ? ' UNSIGNED' : '';
  const literal: Literal = (now) => {
    if (now.percent(10)) return now.pick(['0', '-0.0', '1e-30', '-1e-30', '1e40', '-1e40']);
    const whole = now.digits(now.int(0, precision - scale));
    const fraction = now.digits(now.int(0, scale + 1));
    return `${now.percent(50) ? '-' : ''}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  };
  return fixed(`DECIMAL(${precision},${scale})${unsigned}`, 'plain', 30, literal);
}

const floating = (most: number): Literal => {
  const edges = ['0', '-0e0', String(most), String(-most), '5e-324', '1e-45', '1e-40', '0.1', '1e15', '1e22'];
  const odd = ['16777217', '9007199254740993', '123456789012345678', '1.17549435e-38', '8388608.5'];
  return (chance) => {
    if (chance.percent(30)) return chance.pick([...edges, ...odd]);
    if (chance.percent(30)) return `${chance.int(-99999, 99999)}e${chance.int(-12, 12)}`;
    const value = chance.draw(fc.double({ noNaN: true, noDefaultInfinity: true, min: -most, max: most }));
    return Object.is(value, -0) ? '-0e0' : String(value);
  };
};

export function floatColumn(chance: Chance): ColumnType {
  const sql = chance.pick(['FLOAT', 'FLOAT', 'FLOAT(7,3)', 'FLOAT UNSIGNED']);
  return { ...fixed(sql, 'float', 4, floating(3.402823466e38)), key: 'no' };
}

export function doubleColumn(chance: Chance): ColumnType {
  const sql = chance.pick(['DOUBLE', 'DOUBLE', 'DOUBLE(12,4)', 'DOUBLE UNSIGNED']);
  const kind = sql.includes('(') ? 'scaled' : 'double';
  return { ...fixed(sql, kind, 8, floating(Number.MAX_VALUE)), key: 'no' };
}

export function bitColumn(chance: Chance): ColumnType {
  const bits = chance.pick([1, 7, 8, 9, 16, 17, 31, 63, 64]);
  const literal: Literal = (now) => {
    if (now.percent(20)) return `b'${'1'.repeat(bits)}'`;
    return `b'${Array.from({ length: now.int(1, bits) }, () => now.int(0, 1)).join('')}'`;
  };
  return fixed(`BIT(${bits})`, 'bit', 8, literal);
}
