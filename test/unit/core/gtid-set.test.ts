import { describe, expect, test } from 'vitest';
import { emptyGtidSet, GtidSet, MariadbGtidSet, parseGtidSet } from '../../../core/gtid-set.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4e11fa47-71ca-11e1-9e33-c80aa9429562';

const text = (set: string): string => GtidSet.parse(set).toString();

describe('the text of a MySQL set', () => {
  test.each([
    ['', ''],
    [`${A}:1`, `${A}:1`],
    [`${A}:1-1`, `${A}:1`],
    [`${A.toUpperCase()}:1-5`, `${A}:1-5`],
    [A.replaceAll('-', '').concat(':7'), `${A}:7`],
    [` ${B} : 3 - 4 :\n 1 ,\n${A}:2,, `, `${A}:2,${B}:1:3-4`],
    [`${A}:1-5:4-9:10:20-30:12`, `${A}:1-10:12:20-30`],
    [`${A}:1-5,${A}:6-7`, `${A}:1-7`],
    [`${A}:Tag_1:1-5:7`, `${A}:tag_1:1-5:7`],
    [`${A}:zz:1:1-3:aa:2`, `${A}:aa:2:zz:1-3`],
    [`${A}:1-3:_x:5,${B}:_x:1`, `${A}:1-3:_x:5,${B}:_x:1`],
    [`${A}:9223372036854775806`, `${A}:9223372036854775806`],
    [
      `${A}:9007199254740990-9007199254740991:9007199254740992-9007199254740995`,
      `${A}:9007199254740990-9007199254740995`,
    ],
  ])('%j is kept as %j', (from, to) => {
    expect(text(from)).toBe(to);
  });

  test.each([
    ['x', 'is not a UUID'],
    ['3e11fa47-71ca-11e1-9e33-c80aa942956:1', 'is not a UUID'],
    [A, 'has no interval'],
    [`${A}:tag`, 'has no interval'],
    [`${A}:`, 'neither an interval nor a tag'],
    [`${A}:0`, '0 is not between 1 and 9223372036854775806'],
    [`${A}:9223372036854775807`, 'is not between'],
    [`${A}:5-3`, '5-3 ends before it begins'],
    [`${A}:1-`, 'neither'],
    [`${A}:a:b:1`, 'neither'],
    [`${A}:${'t'.repeat(33)}:1`, 'neither'],
    [`${A}:1e3`, 'neither'],
    [`${A}:1${'0'.repeat(300)}`, 'neither'],
  ])('%j is refused, with an example', (set, problem) => {
    expect(() => GtidSet.parse(set)).toThrow(
      expect.objectContaining({
        code: 'CDC_INVALID_REQUEST',
        message: expect.stringContaining(problem),
        hint: expect.stringContaining(`${A}:1-23`),
      }),
    );
  });
});

describe('add', () => {
  test('goes on where the last transaction ended', () => {
    const set = GtidSet.parse(`${A}:1-5`);
    for (const gno of [6, 7, 9, 8]) set.add(`${A}:${gno}`);
    expect(set.toString()).toBe(`${A}:1-9`);
  });

  test('takes new sources, tags, upper case and what is there already', () => {
    const set = new GtidSet();
    for (const gtid of [`${A}:3`, `${A}:3`, `${B.toUpperCase()}:1`, `${B}:2`, `${A}:tag:1`, `${A}:TAG:2`])
      set.add(gtid);
    expect(set.toString()).toBe(`${A}:3:tag:1-2,${B}:1-2`);
  });

  test('goes on across the border of what a number holds', () => {
    const set = GtidSet.parse(`${A}:1-9007199254740989`);
    for (let gno = 9_007_199_254_740_990n; gno < 9_007_199_254_740_995n; gno += 1n) set.add(`${A}:${gno}`);
    expect(set.toString()).toBe(`${A}:1-9007199254740994`);
    set.add(`${A}:9223372036854775806`);
    expect(set.contains(`${A}:9223372036854775806`)).toBe(true);
  });

  test('refuses what is no GTID', () => {
    const set = GtidSet.parse(`${A}:1`);
    for (const gtid of [`${A}:0`, `${A}:`, `${A}:x y`, 'x']) {
      expect(() => set.add(gtid)).toThrow(expect.objectContaining({ code: 'CDC_INVALID_REQUEST' }));
    }
    expect(set.toString()).toBe(`${A}:1`);
  });
});

test('contains tells GTIDs and sets that are in it', () => {
  const set = GtidSet.parse(`${A}:1-5:8:tag:1-3`);
  for (const inside of ['', `${A}:1`, `${A}:5`, `${A}:8`, `${A}:2-4:8:tag:3`, `${A.toUpperCase()}:TAG:1`]) {
    expect(set.contains(inside)).toBe(true);
  }
  for (const outside of [
    `${A}:6`,
    `${A}:5-8`,
    `${A}:9`,
    `${A}:tag:4`,
    `${A}:other:1`,
    `${B}:1`,
    `${A}:1,${B}:1`,
  ]) {
    expect(set.contains(outside)).toBe(false);
  }
  expect(set.contains(set.clone())).toBe(true);
});

test('union, subtract and equals go by sets', () => {
  const set = GtidSet.parse(`${A}:1-10:tag:1-3`);
  const other = GtidSet.parse(`${A}:4-6:tag:1-9,${B}:1`);
  expect(set.union(other).toString()).toBe(`${A}:1-10:tag:1-9,${B}:1`);
  expect(set.subtract(other).toString()).toBe(`${A}:1-3:7-10`);
  expect(other.subtract(set).toString()).toBe(`${A}:tag:4-9,${B}:1`);
  expect(set.subtract(set).isEmpty).toBe(true);
  expect(
    set.equals(GtidSet.parse(`${A}:tag:1-3:1-4:5-10`.replace(`${A}:tag:1-3:`, `${A}:tag:1-3,${A}:`))),
  ).toBe(true);
  expect(set.equals(other)).toBe(false);
  expect(set.equals(set.union(other))).toBe(false);
});

test('a clone goes its own way', () => {
  const set = GtidSet.parse(`${A}:1`);
  const clone = set.clone();
  clone.add(`${A}:2`);
  clone.add(`${B}:1`);
  expect(set.toString()).toBe(`${A}:1`);
  expect(clone.toString()).toBe(`${A}:1-2,${B}:1`);
});

test('encode gives the form of COM_BINLOG_DUMP_GTID', () => {
  expect(new GtidSet().encode().toString('hex')).toBe('0000000000000000');
  expect(GtidSet.parse(`${A}:1-5:8`).encode().toString('hex')).toBe(
    [
      '0100000000000000',
      A.replaceAll('-', ''),
      '0200000000000000',
      '0100000000000000',
      '0600000000000000',
      '0800000000000000',
      '0900000000000000',
    ].join(''),
  );
});

test('encode gives the tagged form where there is a tag', () => {
  const interval = '0100000000000000' + '0100000000000000' + '0200000000000000';
  expect(GtidSet.parse(`${A}:1:zz:1`).encode().toString('hex')).toBe(
    [
      '0102000000000001',
      A.replaceAll('-', ''),
      '00',
      interval,
      A.replaceAll('-', ''),
      '047a7a',
      interval,
    ].join(''),
  );
});

describe('a MariaDB set', () => {
  test('keeps the last GTID of each domain, sorted by domain', () => {
    const set = MariadbGtidSet.parse(' 10-1-5,\n0-1-23 ');
    expect(set.toString()).toBe('0-1-23,10-1-5');
    set.add('0-2-24');
    set.add('10-9-4');
    expect(set.toString()).toBe('0-2-24,10-9-4');
  });

  test('contains what came before in each domain', () => {
    const set = MariadbGtidSet.parse('0-1-23,1-2-5');
    for (const inside of ['', '0-1-23', '0-9-1', '0-1-1,1-2-5']) expect(set.contains(inside)).toBe(true);
    for (const outside of ['0-1-24', '2-1-1', '0-1-1,1-1-6']) expect(set.contains(outside)).toBe(false);
    expect(set.contains(set.clone())).toBe(true);
  });

  test('keeps all 64 bits of the sequence number', () => {
    const set = MariadbGtidSet.parse('4294967295-4294967295-18446744073709551615');
    expect(set.toString()).toBe('4294967295-4294967295-18446744073709551615');
    expect(set.contains('4294967295-1-18446744073709551614')).toBe(true);
  });

  test('equals by text, and its clone goes its own way', () => {
    const set = MariadbGtidSet.parse('0-1-1,1-1-1');
    const clone = set.clone();
    expect(clone.equals(MariadbGtidSet.parse('1-1-1,0-1-1'))).toBe(true);
    clone.add('0-1-2');
    expect(clone.equals(set)).toBe(false);
    expect(set.toString()).toBe('0-1-1,1-1-1');
  });

  test.each(['x', '0-1', '0-1-', '4294967296-1-1', '0-4294967296-1', '0-1-18446744073709551616', `${A}:1`])(
    '%j is refused, with an example',
    (gtid) => {
      expect(() => MariadbGtidSet.parse(gtid)).toThrow(
        expect.objectContaining({
          code: 'CDC_INVALID_REQUEST',
          hint: expect.stringContaining('0-1-23,1-2-5'),
        }),
      );
    },
  );
});

test('both flavors are made by name', () => {
  expect(emptyGtidSet('mysql')).toBeInstanceOf(GtidSet);
  expect(emptyGtidSet('mariadb').isEmpty).toBe(true);
  expect(parseGtidSet('mysql', `${A}:1`).toString()).toBe(`${A}:1`);
  expect(parseGtidSet('mariadb', '0-1-1').toString()).toBe('0-1-1');
});
