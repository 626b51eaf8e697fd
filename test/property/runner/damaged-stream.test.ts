/** The short form of `npm run fuzz`: the same cases, each time. */
import { expect, test } from 'vitest';
import { fuzzCase } from '../../fuzz/fuzz-case.ts';

test('a damaged stream ends in a CdcError of its cause, and gives no wrong message', async () => {
  const ends = new Set<string>();
  for (let seed = 0; seed < 600; seed += 1) {
    const { name, damage, code, findings } = await fuzzCase(seed);
    expect(findings, `seed ${seed}: ${name}, damage ${damage}`).toEqual([]);
    ends.add(code ?? 'end');
  }
  // Else the damage does not reach what it is meant to reach.
  expect([...ends]).toEqual(
    expect.arrayContaining(['end', 'CDC_BINLOG_CORRUPT', 'CDC_BINLOG_CHECKSUM', 'CDC_SCHEMA_MISMATCH']),
  );
}, 60_000);
