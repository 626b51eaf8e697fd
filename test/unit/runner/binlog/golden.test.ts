import { describe, expect, test } from 'vitest';
import type { BinlogEvent, TableMap } from '../../../../runner/binlog/event.ts';
import { EVENT } from '../../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../../runner/binlog/parser.ts';
import { GOLDEN, goldenEvents, goldenLines } from '../../../support/binlog-files.ts';

interface Seen {
  readonly event: BinlogEvent;
  /** End of the event in its file; of the outer one for events inside a payload. */
  readonly end: number;
}

function readAll(name: string): Seen[] {
  const parser = new BinlogParser({ verifyChecksum: true });
  const seen: Seen[] = [];
  let end = 4;
  for (const bytes of goldenEvents(name)) {
    end += bytes.length;
    const event = parser.parse(bytes);
    seen.push({ event, end });
    if (event.kind === 'transaction_payload') {
      for (const inner of parser.events(event)) seen.push({ event: inner, end });
    }
  }
  return seen;
}

const ROW_WORDS = { insert: 'Write', update: 'Update', delete: 'Delete' };

function rowsWord(event: Extract<BinlogEvent, { kind: 'rows' }>): string {
  const compressed = event.header.typeCode >= EVENT.MARIADB_WRITE_ROWS_COMPRESSED_V1 ? 'compressed_' : '';
  return `${ROW_WORDS[event.action]}_${compressed}rows${event.partialJson ? '_partial' : ''}:`;
}

/** The first word that the tools have for an event of ours. */
function toolWord({ event }: Seen, maria: boolean): string {
  switch (event.kind) {
    case 'format_description':
      return 'Start:';
    case 'gtid':
      return event.gtid === null ? 'Anonymous_GTID' : 'GTID';
    case 'gtid_set':
      return event.header.typeCode === EVENT.PREVIOUS_GTIDS ? 'Previous-GTIDs' : 'Gtid';
    case 'query':
      return event.header.typeCode === EVENT.QUERY ? 'Query' : 'Query_compressed';
    case 'rows_query':
      return event.header.typeCode === EVENT.ROWS_QUERY ? 'Rows_query' : 'Annotate_rows:';
    case 'table_map':
      return 'Table_map:';
    case 'rows':
      return rowsWord(event);
    case 'xid':
      return 'Xid';
    case 'xa_prepare':
      return maria ? 'XID' : 'XA';
    case 'transaction_payload':
      return 'Transaction_Payload';
    case 'rotate':
      return 'Rotate';
    case 'skipped':
      return { INTVAR: 'Intvar', RAND: 'Rand', USER_VAR: 'User_var' }[event.name] ?? 'Binlog';
    default:
      return event.kind;
  }
}

/** Files of MySQL that only MariaDB's tool can still read: it has no word for MySQL's GTID events. */
const BY_THE_OTHER_TOOL = new Set(['mysql80-anonymous-v1', 'mysql57-v1-nochecksum']);

const eventLines = (lines: readonly string[]): string[] => lines.filter((line) => /^\d/.test(line));

const values = (lines: readonly string[], key: string): string[] =>
  lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));

describe.each(GOLDEN)('%s', (name) => {
  const lines = goldenLines(name);
  const seen = readAll(name);

  test('has the events, at the positions, that the server\u2019s own tool finds', () => {
    const ours = seen.map((item) => {
      const word = toolWord(item, name.startsWith('mariadb'));
      const foreign = BY_THE_OTHER_TOOL.has(name) && /GTID/.test(word);
      return `${item.end} ${foreign ? 'Ignorable' : word}`;
    });
    expect(ours).toEqual(eventLines(lines));
    expect(ours.length).toBeGreaterThan(6);
  });

  test('has headers that agree with the place in the file', () => {
    const inFile = seen.filter(({ event }) => event.header.logPos !== 0);
    expect(inFile.map(({ event }) => event.header.logPos)).toEqual(inFile.map(({ end }) => end));
  });

  test('has the GTIDs and commit times that the tool prints', () => {
    const gtids = seen.flatMap(({ event }) => (event.kind === 'gtid' && event.gtid !== null ? [event] : []));
    if (BY_THE_OTHER_TOOL.has(name)) return;
    expect(gtids.map((event) => event.gtid)).toEqual(values(lines, 'gtid'));
    if (name.startsWith('mariadb')) return;
    expect(gtids.map((event) => String(event.commitUs ?? 0))).toEqual(values(lines, 'committed'));
  });

  test('has the executed GTIDs of its head', () => {
    const sets = seen.flatMap(({ event }) => (event.kind === 'gtid_set' ? [event.gtidSet] : []));
    expect(sets).toHaveLength(1);
    if (!name.startsWith('mariadb') && !BY_THE_OTHER_TOOL.has(name)) {
      expect(sets[0]).toBe(values(lines, 'executed').join(''));
    }
  });
});

function tableMap(name: string, table: string): TableMap {
  for (const { event } of readAll(name)) {
    if (event.kind === 'table_map' && event.map.table === table) return event.map;
  }
  throw new Error(`no table map of ${table} in ${name}`);
}

const U = true;
const S = false;

describe('optional metadata', () => {
  test.each(['mysql97-full', 'mysql80-full', 'mariadb-full'])(
    'tells signs over numeric columns, YEAR among them (%s)',
    (name) => {
      expect(tableMap(name, 'numbers').metadata?.unsigned).toEqual([
        ...[U, S, U, S, U, S, U, S, U, S, U, S, U, S, U, S, U],
        ...[U, S, S],
      ]);
      expect(tableMap(name, 'shapes').metadata?.unsigned).toEqual([S, U, U, S, S, S, S, S]);
    },
  );

  test.each([
    ['mysql97-full', 255],
    ['mysql80-full', 255],
    ['mariadb-full', 45],
  ])('tells the collation of each text, ENUM and SET column (%s)', (name, utf8mb4) => {
    const json = name === 'mariadb-full' ? 46 : 0;
    expect(tableMap(name, 'mixed').metadata?.collations).toEqual([
      8,
      0,
      utf8mb4,
      json,
      8,
      8,
      utf8mb4,
      utf8mb4,
      63,
      11,
    ]);
    expect(tableMap(name, 'texts').metadata?.collations).toEqual([
      8,
      utf8mb4,
      utf8mb4,
      11,
      63,
      63,
      63,
      51,
      8,
      utf8mb4,
      utf8mb4,
      63,
      utf8mb4,
    ]);
  });

  test('tells names, labels in their own character set, and key prefixes in characters', () => {
    const metadata = tableMap('mysql97-full', 'texts').metadata;
    expect(metadata?.names?.join()).toBe('a,b,c,d,e,g,h,k,l,n,o,p,q');
    expect(metadata?.primaryKey).toEqual([
      { column: 0, prefix: 5 },
      { column: 5, prefix: 0 },
    ]);
    expect(metadata?.enumLabels?.[8]?.map((label) => label.toString('latin1'))).toEqual(['x', 'y', 'ä']);
    expect(metadata?.enumLabels?.[12]?.map(String)).toEqual(['one', 'two']);
    expect(metadata?.setLabels?.[9]?.map(String)).toEqual(['p', 'q', 'r']);
    expect(metadata?.setLabels?.[8]).toBeNull();
  });

  test('tells geometry types, vector dimensions and visibility', () => {
    expect(tableMap('mysql97-full', 'shapes').metadata?.geometryTypes).toEqual([0, 0, 0, 0, 0, 1, 2, 3]);
    expect(tableMap('mysql97-full', 'vectors').metadata).toMatchObject({
      vectorDimensions: [0, 0, 3, 0, 2048],
      collations: [0, 8, 0, 255, 0],
    });
    expect(tableMap('mysql97-full', 'hidden').metadata?.visible).toEqual([true, false, true, true, true]);
  });

  test('is without names under MINIMAL, and not there at all in 5.7', () => {
    const minimal = tableMap('mysql97-minimal-nochecksum', 'texts').metadata;
    expect(minimal?.names).toBeUndefined();
    expect(minimal?.collations?.slice(0, 8)).toEqual([8, 255, 255, 11, 63, 63, 63, 51]);
    expect(tableMap('mysql57', 'texts').metadata).toBeNull();
  });
});

test('table maps carry types and metadata of every type', () => {
  const map = tableMap('mysql57', 'texts');
  expect([...map.columnTypes]).toEqual([15, 15, 254, 252, 252, 254, 15, 254, 254, 254, 252, 252, 254]);
  expect([...map.columnMeta].slice(0, 6)).toEqual([20, 1200, 0xcefc, 2, 2, 0xfe10]);
  const numbers = tableMap('mysql57', 'numbers');
  expect(numbers.columnMeta[11]).toBe((65 << 8) | 30);
  expect(numbers.columnMeta[18]).toBe(8 << 8);
  expect(numbers.columnMeta[19]).toBe(1);
  expect([...tableMap('mariadb-full', 'own').columnTypes]).toEqual([3, 254, 254, 254, 252, 140, 141, 3]);
});

test('compressed MariaDB rows come out as the uncompressed ones', () => {
  const rows = (name: string): string[] =>
    readAll(name).flatMap(({ event }) =>
      event.kind === 'rows' && event.map.table === 'numbers' ? [event.rows.toString('hex')] : [],
    );
  expect(rows('mariadb-compressed-nochecksum')).toEqual(rows('mariadb-full'));
  expect(rows('mariadb-full')).toHaveLength(3);
});

test('rows of version 1 and 2 hold the same images', () => {
  const rows = (name: string): string[] =>
    readAll(name).flatMap(({ event }) =>
      event.kind === 'rows' && event.map.table === 'numbers' ? [event.rows.toString('hex')] : [],
    );
  expect(rows('mysql57-v1-nochecksum')).toEqual(rows('mysql57'));
});

test('XA transactions name their id as XA COMMIT does', () => {
  for (const name of ['mysql97-full', 'mysql80-full', 'mysql57', 'mariadb-full']) {
    const seen = readAll(name);
    const prepared = seen.flatMap(({ event }) => (event.kind === 'xa_prepare' ? [event] : []));
    const statements = seen.flatMap(({ event }) => (event.kind === 'query' ? [event.sql.toString()] : []));
    expect(statements).toContain(`XA COMMIT ${prepared[0]?.xid}`);
    expect(statements).toContain(`XA ROLLBACK ${prepared[1]?.xid}`);
    const single = prepared.find((event) => event.onePhase);
    if (name !== 'mariadb-full') expect(single?.xid).toBe("X'73696e676c65',X'',1");
  }
});

test('MariaDB marks groups that prepare or complete an XA transaction, and standalone ones', () => {
  const gtids = readAll('mariadb-full').flatMap(({ event }) => (event.kind === 'gtid' ? [event] : []));
  expect(gtids.filter((event) => event.xaPrepared).map((event) => event.gtid)).toEqual([
    '0-13517-18',
    '0-13517-20',
  ]);
  expect(gtids.filter((event) => event.xaCompleted).map((event) => event.gtid)).toEqual([
    '0-13517-19',
    '0-13517-21',
  ]);
  expect(gtids.at(-1)).toMatchObject({ gtid: '7-99-2', standalone: true });
  expect(gtids.at(-2)).toMatchObject({ gtid: '7-99-1', standalone: false });
});
