import { describe, expect, test } from 'vitest';
import { GtidSet, MariadbGtidSet } from '../../../../core/gtid-set.ts';
import { isTail, lackingMariadb, withoutTail } from '../../../../core/mysql/resume-check.ts';

const OLD = '11111111-1111-1111-1111-111111111111';
const NEW = '22222222-2222-2222-2222-222222222222';

describe('the last transactions of a source that died', () => {
  const tail = (ours: string, theirs: string): boolean => {
    const read = GtidSet.parse(ours);
    return isTail(read.subtract(GtidSet.parse(theirs)), read, NEW);
  };

  test('are those at the very end of what it wrote', () => {
    expect(tail(`${OLD}:1-1005`, `${OLD}:1-1003`)).toBe(true);
    expect(tail(`${OLD}:1-1005`, `${OLD}:1-900:904-1005`)).toBe(false);
    expect(tail(`${OLD}:1-1005`, `${OLD}:1-900:904-1003`)).toBe(false);
  });

  test('are no tail where the server has nothing of that source, or lacks more than a few', () => {
    expect(tail(`${OLD}:1-5`, `${NEW}:1-5`)).toBe(false);
    expect(tail(`${OLD}:1-5000`, `${OLD}:1-4000`)).toBe(true);
    expect(tail(`${OLD}:1-5000`, `${OLD}:1-3999`)).toBe(false);
  });

  test('are never those that the server itself has lost', () => {
    expect(tail(`${NEW}:1-5`, `${NEW}:1-4`)).toBe(false);
  });
});

describe('what a MariaDB lacks', () => {
  const lacks = (ours: string, state: string): string => lackingMariadb(MariadbGtidSet.parse(ours), state);

  test('is nothing where it has the same or a newer one of the domain and the server', () => {
    expect(lacks('0-1-100,7-1-5', '0-1-100,0-2-150,7-1-9,')).toBe('');
    expect(lacks('0-1-100', ',0-1-120')).toBe('');
  });

  test('is a domain that it does not know, and one in which another server wrote under the same numbers', () => {
    expect(lacks('0-1-100,7-1-5', '0-1-100')).toBe('7-1-5');
    expect(lacks('0-1-100', '0-1-99,0-2-100')).toBe('0-1-100');
    expect(lacks('0-1-100', ',')).toBe('0-1-100');
  });
});

describe('a MariaDB that lacks the last transactions of a source that died', () => {
  const moved = (missing: string, ours: string, state: string): string | null =>
    withoutTail(missing, MariadbGtidSet.parse(ours), state, 2)?.toString() ?? null;

  test('is gone on with from the newest that it has of that source', () => {
    expect(moved('0-1-105', '0-1-105,7-1-9', '0-1-103,0-2-104,7-1-9')).toBe('0-1-103,7-1-9');
  });

  test('is not where it has nothing of it, wrote it itself, or lacks more than a few', () => {
    expect(moved('0-1-105', '0-1-105', '0-2-104')).toBeNull();
    expect(moved('0-2-105', '0-2-105', '0-2-104')).toBeNull();
    expect(moved('0-1-5000', '0-1-5000', '0-1-3999')).toBeNull();
  });
});
