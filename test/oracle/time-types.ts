import type { Chance } from './chance.ts';
import type { ColumnType } from './column-type.ts';
import type { Kind } from './kinds.ts';

type Literal = ColumnType['literal'];

const two = (value: number): string => String(value).padStart(2, '0');

const fixed = (sql: string, kind: Kind, literal: Literal): ColumnType => ({
  sql,
  kind,
  literal: (chance) => `'${literal(chance)}'`,
  key: 'yes',
  blob: false,
  bytes: 8,
});

const fraction = (chance: Chance): string =>
  chance.percent(60) ? `.${chance.digits(chance.int(1, 6))}` : '';
const clock = (chance: Chance): string =>
  `${two(chance.int(0, 23))}:${two(chance.int(0, 59))}:${two(chance.int(0, 59))}`;

function date(chance: Chance): string {
  if (chance.percent(20)) {
    return chance.pick(['0000-00-00', '2024-00-00', '2024-02-00', '0000-01-01', '9999-12-31', '2023-02-31']);
  }
  const year = chance.percent(70) ? chance.int(1900, 2100) : chance.int(0, 9999);
  return `${String(year).padStart(4, '0')}-${two(chance.int(1, 12))}-${two(chance.int(1, 28))}`;
}

/** Inside the range in every time zone, but for the edges. */
function instant(chance: Chance): string {
  if (chance.percent(20)) {
    return chance.pick([
      '0000-00-00 00:00:00',
      '1970-01-01 00:00:01',
      '2038-01-19 03:14:07',
      '1970-01-02 00:00:00',
    ]);
  }
  return `${chance.int(1971, 2037)}-${two(chance.int(1, 12))}-${two(chance.int(1, 28))} ${clock(chance)}`;
}

function time(chance: Chance): string {
  const sign = chance.percent(50) ? '-' : '';
  if (chance.percent(20))
    return `${sign}${chance.pick(['838:59:59', '838:59:58.999999', '00:00:00', '00:00:00.9'])}`;
  return `${sign}${chance.int(0, 838)}:${two(chance.int(0, 59))}:${two(chance.int(0, 59))}${fraction(chance)}`;
}

/** `(3)`, or nothing for whole seconds. */
const digits = (chance: Chance): string => {
  const count = chance.int(0, 6);
  return count === 0 ? '' : `(${count})`;
};

export function timeColumn(chance: Chance): ColumnType {
  switch (chance.int(0, 4)) {
    case 0:
      return fixed('DATE', 'plain', date);
    case 1:
      return fixed(`TIME${digits(chance)}`, 'plain', time);
    case 2:
      return fixed(
        `DATETIME${digits(chance)}`,
        'plain',
        (now) => `${date(now)} ${clock(now)}${fraction(now)}`,
      );
    case 3: {
      const size = digits(chance);
      const current = `CURRENT_TIMESTAMP${size}`;
      return fixed(`TIMESTAMP${size} NULL DEFAULT ${current} ON UPDATE ${current}`, 'utc', instant);
    }
    default:
      return fixed(`TIMESTAMP${digits(chance)} NULL`, 'utc', (now) => instant(now) + fraction(now));
  }
}
