import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GtidSet } from '../../../core/gtid-set.ts';
import { EVENT } from '../../../runner/binlog/event-types.ts';
import { BinlogParser } from '../../../runner/binlog/parser.ts';
import { buildDescription, buildEvent } from '../../support/binlog-files.ts';

const SOURCES = ['3e11fa47-71ca-11e1-9e33-c80aa9429562', 'ffffffff-71ca-11e1-9e33-c80aa9429562'].flatMap(
  (uuid) => [uuid, `${uuid}:a`, `${uuid}:tag_2`],
);

/** Some near the border of what a number holds, where the representation changes. */
const gno = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map(BigInt),
  fc.integer({ min: -15, max: 15 }).map((offset) => 2n ** 53n + BigInt(offset)),
);

const gtids = fc.array(
  fc.tuple(fc.constantFrom(...SOURCES), gno).map(([source, number]) => `${source}:${number}`),
  { maxLength: 60 },
);

function setOf(list: readonly string[]): GtidSet {
  const set = new GtidSet();
  for (const gtid of list) set.add(gtid);
  return set;
}

/** The same by the model: the canonical text of a plain set of GTIDs. */
const model = (list: readonly string[]): string => GtidSet.parse([...new Set(list)].join(',')).toString();

test('any order of the same transactions gives the same set and text', () => {
  fc.assert(
    fc.property(gtids, fc.infiniteStream(fc.nat()), (list, order) => {
      const shuffled = list
        .map((gtid) => ({ gtid, rank: order.next().value ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ gtid }) => gtid);
      expect(setOf(shuffled).toString()).toBe(setOf(list).toString());
      expect(setOf(shuffled).equals(setOf(list))).toBe(true);
    }),
  );
});

test('the text parses to the set that it was made of', () => {
  fc.assert(
    fc.property(gtids, (list) => {
      const set = setOf(list);
      expect(GtidSet.parse(set.toString()).equals(set)).toBe(true);
    }),
  );
});

test('union, subtract and contains agree with plain sets of GTIDs', () => {
  fc.assert(
    fc.property(gtids, gtids, (left, right) => {
      const [a, b] = [setOf(left), setOf(right)];
      const rest = left.filter((gtid) => !right.includes(gtid));
      expect(a.union(b).toString()).toBe(model([...left, ...right]));
      expect(a.subtract(b).toString()).toBe(model(rest));
      expect(a.contains(b)).toBe(right.every((gtid) => left.includes(gtid)));
      for (const gtid of right) expect(a.contains(gtid)).toBe(left.includes(gtid));
    }),
  );
});

test('what encode writes is what a file\u2019s head says', () => {
  fc.assert(
    fc.property(gtids, (list) => {
      const set = setOf(list);
      const parser = new BinlogParser({ verifyChecksum: true });
      parser.parse(buildDescription());
      const event = parser.parse(buildEvent({ type: EVENT.PREVIOUS_GTIDS, body: set.encode() }));
      expect(event).toMatchObject({ kind: 'gtid_set', gtidSet: set.toString() });
    }),
  );
});
