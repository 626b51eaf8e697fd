import type { Chance } from './chance.ts';
import type { ColumnType, Server } from './column-type.ts';

const hex = (bytes: readonly number[]): string => `X'${Buffer.from(bytes).toString('hex')}'`;

/** Bytes with zeros and ones at their end, which servers like to cut off or to fill up. */
function bytesLiteral(chance: Chance, length: number): string {
  const bytes = chance.list(0, length, () =>
    chance.percent(30) ? chance.pick([0x00, 0x20, 0xff]) : chance.int(0, 255),
  );
  return hex(bytes);
}

const BLOBS = ['TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB'] as const;

export function byteColumn(server: Server, chance: Chance): ColumnType {
  const length = chance.pick([1, 4, 16, 17, 64, 255]);
  const isKey = length <= 64 ? 'yes' : 'no';
  switch (chance.int(0, 2)) {
    case 0:
      return {
        sql: `BINARY(${length})`,
        kind: 'bytes',
        literal: (now) => bytesLiteral(now, length),
        key: isKey,
        blob: false,
        bytes: length,
      };
    case 1: {
      const declared = chance.percent(30) ? length + 300 : length;
      return {
        sql: `VARBINARY(${declared})`,
        kind: 'bytes',
        literal: (now) => bytesLiteral(now, Math.min(declared, 40)),
        key: declared <= 64 ? 'yes' : 'no',
        blob: false,
        bytes: declared + 2,
      };
    }
    default: {
      const size = chance.pick(BLOBS);
      const compressed = server.flavor === 'mariadb' && chance.percent(25) ? ' COMPRESSED' : '';
      return {
        sql: `${size}${compressed}`,
        kind: 'bytes',
        literal: (now) => blobLiteral(now, size),
        key: compressed === '' ? 'prefix' : 'no',
        blob: true,
        bytes: 12,
      };
    }
  }
}

function blobLiteral(chance: Chance, size: (typeof BLOBS)[number]): string {
  const short = bytesLiteral(chance, 30);
  if (size === 'TINYBLOB' || !chance.percent(10)) return short;
  return `REPEAT(${short}, ${size === 'BLOB' ? 1000 : chance.pick([1000, 9000])})`;
}

type Point = readonly [number, number];

/** In range of both axes of the earth, whichever way round they are. */
const point = (chance: Chance): Point => [chance.int(-8900, 8900) / 100, chance.int(-8900, 8900) / 100];
const list = (points: readonly Point[]): string => `(${points.map(([x, y]) => `${x} ${y}`).join(',')})`;

function ring(chance: Chance): string {
  const [x, y] = [chance.int(-80, 0), chance.int(-80, 0)];
  const size = chance.int(1, 9);
  return list([
    [x, y],
    [x + size, y],
    [x + size, y + size],
    [x, y],
  ]);
}

const SHAPES: Readonly<Record<string, (chance: Chance) => string>> = {
  POINT: (chance) => `POINT${list([point(chance)])}`,
  LINESTRING: (chance) => `LINESTRING${list(chance.list(2, 4, () => point(chance)))}`,
  POLYGON: (chance) => `POLYGON(${ring(chance)})`,
  MULTIPOINT: (chance) => `MULTIPOINT${list(chance.list(1, 3, () => point(chance)))}`,
  MULTILINESTRING: (chance) =>
    `MULTILINESTRING(${chance.list(1, 2, () => list(chance.list(2, 3, () => point(chance)))).join(',')})`,
  MULTIPOLYGON: (chance) => `MULTIPOLYGON(${chance.list(1, 2, () => `(${ring(chance)})`).join(',')})`,
  GEOMETRYCOLLECTION: (chance) =>
    `GEOMETRYCOLLECTION(POINT${list([point(chance)])},LINESTRING${list(chance.list(2, 3, () => point(chance)))})`,
};

export function geometryColumn(server: Server, chance: Chance): ColumnType {
  const type = chance.pick(['GEOMETRY', 'GEOMETRY', ...Object.keys(SHAPES)]);
  const srid =
    server.flavor === 'mysql' && server.version >= 80 && chance.percent(30)
      ? chance.pick([0, 4326, 3857])
      : null;
  const literal = (now: Chance): string => {
    const make = SHAPES[type] ?? SHAPES[now.pick(Object.keys(SHAPES))] ?? SHAPES.POINT;
    return `ST_GeomFromText('${make?.(now) ?? ''}', ${srid ?? now.pick([0, 0, 4326])})`;
  };
  return {
    sql: `${type}${srid === null ? '' : ` SRID ${srid}`}`,
    kind: 'geometry',
    literal,
    key: 'no',
    blob: true,
    bytes: 12,
  };
}

export function vectorColumn(chance: Chance): ColumnType {
  const size = chance.pick([1, 3, 16, 2048]);
  return {
    sql: `VECTOR(${size})`,
    kind: 'vector',
    literal: (now) => {
      const numbers = now.list(1, Math.min(size, 16), () =>
        now.percent(20)
          ? now.pick(['-0.0', '1e-30', '3.4e38', '-1.5e-45'])
          : `${now.int(-9999, 9999)}e${now.int(-6, 6)}`,
      );
      return `STRING_TO_VECTOR('[${numbers.join(',')}]')`;
    },
    key: 'no',
    blob: true,
    bytes: 12,
  };
}

/** MariaDB's addresses: in the binlog they look like BINARY. */
export function addressColumn(chance: Chance): ColumnType {
  const sql = chance.pick(['INET4', 'INET6', 'UUID']);
  const group = (now: Chance): string =>
    now.pick(['0', '0', '0', 'ffff', '1', now.int(0, 0xffff).toString(16)]);
  const literals: Readonly<Record<string, (now: Chance) => string>> = {
    INET4: (now) => Array.from({ length: 4 }, () => now.pick([0, 10, 255, now.int(0, 255)])).join('.'),
    INET6: (now) => Array.from({ length: 8 }, () => group(now)).join(':'),
    UUID: (now) => {
      const digits = Buffer.from(Array.from({ length: 16 }, () => now.pick([0, now.int(0, 255)]))).toString(
        'hex',
      );
      return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
  };
  return {
    sql,
    kind: 'plain',
    literal: (now) => `'${literals[sql]?.(now) ?? ''}'`,
    key: 'yes',
    blob: false,
    bytes: 16,
  };
}
