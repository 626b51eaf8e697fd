import { describe, expect, test } from 'vitest';
import { COLUMN_TYPE } from '../../../../runner/binlog/column-types.ts';
import type { TableMap, TableMetadata } from '../../../../runner/binlog/event.ts';
import { needsDefinition, resolveShape } from '../../../../runner/binlog/resolve-shape.ts';
import type { ColumnDefinition } from '../../../../runner/binlog/table-shape.ts';
import { definedColumn, definition, type MapColumn, tableMap } from '../../../support/table-maps.ts';

const INT: MapColumn = { type: COLUMN_TYPE.LONG };
/** VARCHAR(10) of utf8mb4. */
const VARCHAR: MapColumn = { type: COLUMN_TYPE.VARCHAR, meta: 40, nullable: true };
const BINARY16: MapColumn = { type: COLUMN_TYPE.STRING, meta: 0xfe10, nullable: true };

const full = (names: readonly string[], more: Partial<TableMetadata> = {}): TableMetadata => ({
  names,
  ...more,
});
const uuidMap = tableMap(
  [INT, BINARY16],
  full(['id', 'u'], { collations: [0, 63], primaryKey: [{ column: 0, prefix: 0 }] }),
);

describe('what a table map lacks', () => {
  test('without names a definition is required', () => {
    expect(needsDefinition(tableMap([INT]), 'mysql')).toBe('required');
    expect(needsDefinition(tableMap([INT], { unsigned: [false] }), 'mysql')).toBe('required');
  });

  test('with names it is wanted for a key alone', () => {
    expect(needsDefinition(tableMap([INT], full(['id'])), 'mysql')).toBe('for-key');
    expect(needsDefinition(uuidMap, 'mysql')).toBe('no');
  });

  test.each<[string, MapColumn, number, 'required' | 'for-key']>([
    ['BINARY(16)', BINARY16, 63, 'required'],
    ['BINARY(4)', { type: COLUMN_TYPE.STRING, meta: 0xfe04 }, 63, 'required'],
    ['BINARY(5)', { type: COLUMN_TYPE.STRING, meta: 0xfe05 }, 63, 'for-key'],
    ['CHAR(4) of utf8mb4', BINARY16, 45, 'for-key'],
    ['VARBINARY(12), which may be a VECTOR', { type: COLUMN_TYPE.VARCHAR, meta: 12 }, 63, 'required'],
    ['VARBINARY(13)', { type: COLUMN_TYPE.VARCHAR, meta: 13 }, 63, 'for-key'],
    ['an old DATETIME', { type: COLUMN_TYPE.DATETIME }, 0, 'required'],
  ])('MariaDB: %s', (_what, column, collation, need) => {
    const map = tableMap([column], full(['c'], { collations: [collation] }));
    expect(needsDefinition(map, 'mariadb')).toBe(need);
    expect(needsDefinition(map, 'mysql')).toBe('for-key');
  });
});

describe('shapes from metadata', () => {
  test('have names, signs, character sets, labels and key of the table map, whatever the definition says', () => {
    const map = tableMap(
      [INT, VARCHAR, { type: COLUMN_TYPE.STRING, meta: 0xf701 }],
      full(['id', 'v', 'e'], {
        unsigned: [true, false, false],
        collations: [0, 8, 8],
        enumLabels: [null, null, [Buffer.from('e9', 'hex'), Buffer.from('b')]],
        primaryKey: [
          { column: 2, prefix: 0 },
          { column: 0, prefix: 0 },
        ],
      }),
    );
    const other = definition(
      [
        definedColumn('id', 'int', { unsigned: true }),
        definedColumn('v', 'varchar', { charset: 'latin1', length: 40, nullable: true }),
        definedColumn('e', 'enum', { charset: 'latin1', labels: ['b', 'é'] }),
      ],
      { primaryKey: ['id'] },
    );
    for (const flavor of ['mysql', 'mariadb'] as const) {
      const shape = resolveShape(map, other, flavor);
      expect(
        shape.columns.map(({ name, kind, unsigned, charset, labels }) => [
          name,
          kind,
          unsigned,
          charset,
          labels,
        ]),
      ).toEqual([
        ['id', 'int', true, '', []],
        ['v', 'varchar', false, 'latin1', []],
        ['e', 'enum', false, 'latin1', ['é', 'b']],
      ]);
      expect(shape.key).toEqual([2, 0]);
    }
  });

  test('tell binary strings by their collation', () => {
    const map = tableMap(
      [BINARY16, VARCHAR, { type: COLUMN_TYPE.BLOB, meta: 2 }],
      full(['a', 'b', 'c'], { collations: [63, 63, 63] }),
    );
    expect(resolveShape(map, null, 'mysql').columns.map(({ kind, length }) => [kind, length])).toEqual([
      ['binary', 16],
      ['varbinary', 0],
      ['blob', 0],
    ]);
  });

  test('take the key of a fitting definition where the map has none: primary, else unique, else none', () => {
    const map = tableMap([INT, INT], full(['a', 'B'], { unsigned: [false, false] }));
    const columns = [definedColumn('a', 'int'), definedColumn('b', 'int')];
    const key = (keys: Parameters<typeof definition>[1], names = columns): readonly number[] =>
      resolveShape(map, definition(names, keys), 'mysql').key;
    expect(key({ primaryKey: ['b', 'a'], uniqueKey: ['a'] })).toEqual([1, 0]);
    expect(key({ uniqueKey: ['b'] })).toEqual([1]);
    expect(key({})).toEqual([]);
    expect(key({ uniqueKey: ['a'] }, [definedColumn('a', 'int'), definedColumn('c', 'int')])).toEqual([]);
    expect(resolveShape(map, null, 'mysql').key).toEqual([]);
  });

  test('a type that is not known has a code of its own', () => {
    expect(() => resolveShape(tableMap([{ type: 99 }], full(['x'])), null, 'mysql')).toThrow(
      expect.objectContaining({ code: 'CDC_COLUMN_TYPE_UNKNOWN' }),
    );
  });
});

describe('types that MariaDB hides', () => {
  const columns = (kind: 'uuid' | 'inet6'): ColumnDefinition[] => [
    definedColumn('id', 'int'),
    definedColumn('u', kind, { nullable: true }),
  ];

  test('come from a definition that fits', () => {
    expect(resolveShape(uuidMap, definition(columns('uuid')), 'mariadb').columns[1]).toMatchObject({
      kind: 'uuid',
      length: 16,
    });
  });

  test('stay BINARY without one, or with one of another time', () => {
    const [id = definedColumn('id', 'int'), u = definedColumn('u', 'uuid')] = columns('uuid');
    const others = [null, definition([id]), definition([id, { ...u, name: 'v' }]), definition([u, id])];
    for (const other of others) {
      expect(resolveShape(uuidMap, other, 'mariadb').columns[1]?.kind).toBe('binary');
    }
  });

  test('a VECTOR of MariaDB looks like VARBINARY', () => {
    const map = tableMap([{ type: COLUMN_TYPE.VARCHAR, meta: 12 }], full(['v'], { collations: [63] }));
    const shape = resolveShape(map, definition([definedColumn('v', 'vector')]), 'mariadb');
    expect(shape.columns[0]?.kind).toBe('vector');
  });

  test('the digits of an old TIME come from the definition, and without one it is not guessed', () => {
    const map = tableMap([{ type: COLUMN_TYPE.TIME }], full(['t']));
    const defined = definition([definedColumn('t', 'time', { fraction: 3 })]);
    expect(resolveShape(map, defined, 'mariadb').columns[0]?.fraction).toBe(3);
    expect(() => resolveShape(map, null, 'mariadb')).toThrow(
      expect.objectContaining({
        code: 'CDC_SCHEMA_UNKNOWN',
        hint: expect.stringContaining('mysql56_temporal_format'),
      }),
    );
    expect(resolveShape(map, null, 'mysql').columns[0]?.fraction).toBe(0);
  });
});

describe('shapes from a definition', () => {
  const map = tableMap([INT, VARCHAR]);
  const varchar = definedColumn('v', 'varchar', { charset: 'utf8mb4', length: 10, nullable: true });
  const columns = [definedColumn('id', 'int', { unsigned: true }), varchar];

  test('have what it says', () => {
    const shape = resolveShape(map, definition(columns, { primaryKey: ['id'] }), 'mysql');
    expect(shape).toMatchObject({
      database: 'shop',
      table: 'orders',
      columns: [
        { name: 'id', unsigned: true },
        { name: 'v', charset: 'utf8mb4' },
      ],
      key: [0],
    });
  });

  test('need one', () => {
    expect(() => resolveShape(map, null, 'mysql')).toThrow(
      expect.objectContaining({ code: 'CDC_SCHEMA_UNKNOWN' }),
    );
  });

  const one = (
    column: MapColumn,
    defined: ColumnDefinition,
    metadata: TableMetadata | null = null,
  ): TableMap => {
    const single = tableMap([column], metadata);
    resolveShape(single, definition([defined]), 'mysql');
    return single;
  };

  test.each<[string, MapColumn, ColumnDefinition, Partial<ColumnDefinition>, TableMetadata?]>([
    ['type', INT, definedColumn('c', 'int'), { kind: 'bigint' }],
    ['nullability', INT, definedColumn('c', 'int'), { nullable: true }],
    ['sign', INT, definedColumn('c', 'int', { unsigned: true }), { unsigned: false }, { unsigned: [true] }],
    ['length of VARCHAR', VARCHAR, varchar, { length: 11 }],
    ['character set', VARCHAR, varchar, { charset: 'latin1', length: 40 }, { collations: [45] }],
    [
      'text against bytes',
      VARCHAR,
      varchar,
      { kind: 'varbinary', charset: null, length: 40 },
      { collations: [45] },
    ],
    [
      'length of CHAR above 255 bytes',
      { type: COLUMN_TYPE.STRING, meta: 0xcefc },
      definedColumn('c', 'char', { length: 255, charset: 'utf8mb4' }),
      { length: 254 },
    ],
    [
      'length of BINARY',
      { type: COLUMN_TYPE.STRING, meta: 0xfe04 },
      definedColumn('c', 'binary', { length: 4 }),
      { length: 5 },
    ],
    [
      'length of VARBINARY',
      { type: COLUMN_TYPE.VARCHAR, meta: 4 },
      definedColumn('c', 'varbinary', { length: 4 }),
      { length: 5 },
    ],
    [
      'precision',
      { type: COLUMN_TYPE.NEWDECIMAL, meta: 0x0a02 },
      definedColumn('c', 'decimal', { precision: 10, scale: 2 }),
      { precision: 11 },
    ],
    [
      'scale',
      { type: COLUMN_TYPE.NEWDECIMAL, meta: 0x0a02 },
      definedColumn('c', 'decimal', { precision: 10, scale: 2 }),
      { scale: 3 },
    ],
    [
      'fraction',
      { type: COLUMN_TYPE.DATETIME2, meta: 3 },
      definedColumn('c', 'datetime', { fraction: 3 }),
      { fraction: 6 },
    ],
    [
      'fraction of an old type',
      { type: COLUMN_TYPE.DATETIME },
      definedColumn('c', 'datetime', { fraction: 0 }),
      { fraction: 1 },
    ],
    [
      'number of bits',
      { type: COLUMN_TYPE.BIT, meta: 0x0101 },
      definedColumn('c', 'bit', { length: 9 }),
      { length: 10 },
    ],
    [
      'size of an ENUM',
      { type: COLUMN_TYPE.STRING, meta: 0xf701 },
      definedColumn('c', 'enum', { labels: ['a'] }),
      { labels: new Array<string>(256).fill('x') },
    ],
    [
      'size of a SET',
      { type: COLUMN_TYPE.STRING, meta: 0xf802 },
      definedColumn('c', 'set', { labels: new Array<string>(9).fill('x') }),
      { labels: ['x'] },
    ],
    [
      'compression',
      { type: COLUMN_TYPE.BLOB_COMPRESSED, meta: 2 },
      definedColumn('c', 'blob', { compressed: true }),
      { compressed: false },
    ],
  ])('another %s is a mismatch that names table and column', (_what, column, fits, change, metadata = {}) => {
    const map = one(column, fits, metadata);
    expect(() => resolveShape(map, definition([{ ...fits, ...change }]), 'mysql')).toThrow(
      expect.objectContaining({
        code: 'CDC_SCHEMA_MISMATCH',
        message: expect.stringMatching(/^shop\.orders: column [cv]: /),
      }),
    );
  });

  test('another number of columns is a mismatch', () => {
    expect(() => resolveShape(map, definition(columns.slice(1)), 'mysql')).toThrow(
      expect.objectContaining({
        code: 'CDC_SCHEMA_MISMATCH',
        message: expect.stringContaining('2 in the event, 1'),
      }),
    );
  });

  test('a COMPRESSED VARCHAR has a byte more on the wire than in the schema', () => {
    const compressed = { charset: 'latin1', length: 300, compressed: true };
    one({ type: COLUMN_TYPE.VARCHAR_COMPRESSED, meta: 301 }, definedColumn('c', 'varchar', compressed));
    expect(() =>
      one({ type: COLUMN_TYPE.VARCHAR_COMPRESSED, meta: 300 }, definedColumn('c', 'varchar', compressed)),
    ).toThrow('length');
  });
});
