import { describe, expect, test } from 'vitest';
import type { RowsEvent, TableMap } from '../../../../runner/binlog/event.ts';
import type { Statement } from '../../../../runner/source/ddl/statement.ts';
import { RevocableRows } from '../../../../runner/source/revocable-rows.ts';
import { Rollbacks } from '../../../../runner/source/rollbacks.ts';
import type { OpenTransaction, Transactions } from '../../../../runner/source/transactions.ts';
import { XaHold } from '../../../../runner/source/xa-hold.ts';

const header = { timestamp: 1, typeCode: 30, serverId: 1, eventSize: 0, logPos: 0, flags: 0 };
const map: TableMap = {
  tableId: 1,
  database: 'd',
  table: 't',
  columnTypes: Uint8Array.of(3),
  columnMeta: Uint16Array.of(0),
  nullable: Uint8Array.of(0),
  metadata: null,
  bytes: Buffer.alloc(0),
};

const rowsEvent = (name: string): RowsEvent => ({
  kind: 'rows',
  header,
  action: 'insert',
  map,
  endOfStatement: true,
  partialJson: false,
  columnCount: 1,
  present: Buffer.of(1),
  presentAfter: Buffer.of(1),
  rows: Buffer.from(name),
});

/** What a transaction of these steps hands on: names are rows events, `+s` sets a savepoint, `-s` goes back to it. */
async function delivered(
  steps: readonly string[],
  end: 'commit' | 'rollback',
  options: { bytesMax?: number; held?: boolean; xa?: boolean; slow?: boolean } = {},
) {
  const rows: string[] = [];
  const warnings: string[] = [];
  const xa = new XaHold(1_000);
  const start = { file: 'b.000001', position: 4 };
  const open: OpenTransaction = {
    context: { file: 'b.000001', gtid: '0-1-7', commitUs: null },
    startsAt: start,
    sourceTimeMs: 0,
    begun: true,
    xaRows: options.xa === true ? xa.begin(start) : null,
    revocable: options.held === false ? null : new RevocableRows(options.bytesMax ?? 1_000),
    rowsOut: false,
  };
  const transactions = { open, commit: () => rows.push(end) };
  const rollbacks = new Rollbacks({
    transactions: transactions as unknown as Transactions,
    tracker: { current: start } as never,
    xa,
    observer: { warning: (message) => warnings.push(message) },
    deliver: (event, _transaction, place) => {
      const deliver = (): void => {
        rows.push(`${event.rows.toString()}@${place.logPos}`);
      };
      if (options.slow === true) return Promise.resolve().then(deliver);
      deliver();
      return undefined;
    },
  });
  let logPos = 0;
  for (const step of steps) {
    logPos += 1;
    const savepoint = (verb: 'set' | 'rollback'): Extract<Statement, { kind: 'savepoint' }> => ({
      ...{ kind: 'savepoint', verb, name: step.slice(1) },
    });
    if (step.startsWith('+')) rollbacks.savepoint(savepoint('set'), open);
    else if (step.startsWith('-')) rollbacks.savepoint(savepoint('rollback'), open);
    else if (open.xaRows !== null) xa.hold(open.xaRows, rowsEvent(step));
    else await rollbacks.rows(rowsEvent(step), open, { logPos, innerEvent: 0 });
  }
  const before = rows.length;
  await rollbacks.end(header, end);
  return { rows, before, warnings, open };
}

describe('rows of a transaction that may be taken back', () => {
  test('are handed on at its end, each with its own place', async () => {
    for (const slow of [false, true]) {
      const { rows, before } = await delivered(['a', '+s', 'b'], 'commit', { slow });
      expect({ rows, before }).toEqual({ rows: ['a@1', 'b@3', 'commit'], before: 0 });
    }
  });

  test('are not handed on where it ends in ROLLBACK', async () => {
    expect(await delivered(['a', 'b'], 'rollback')).toMatchObject({ rows: ['rollback'], warnings: [] });
  });

  test('are taken back to a savepoint, which can be gone back to again', async () => {
    const { rows } = await delivered(['a', '+s', 'b', '+t', 'c', '-s', 'd', '-s', 'e'], 'commit');
    expect(rows).toEqual(['a@1', 'e@9', 'commit']);
  });

  test('are taken back to the later place of a name that was set twice', async () => {
    const { rows } = await delivered(['+s', 'a', '+s', 'b', '-s'], 'commit');
    expect(rows).toEqual(['a@2', 'commit']);
  });

  test('stay where the savepoint is gone', async () => {
    const { rows } = await delivered(['a', '+s', 'b', '+t', '-s', 'c', '-t'], 'commit');
    expect(rows).toEqual(['a@1', 'c@6', 'commit']);
  });

  test('are handed on before its end where they are more than may be held, and that is told', async () => {
    const { rows, before, warnings } = await delivered(['aa', 'bb', 'cc'], 'rollback', { bytesMax: 4 });
    expect({ rows, before }).toEqual({ rows: ['aa@1', 'bb@2', 'cc@3', 'rollback'], before: 3 });
    expect(warnings).toEqual([expect.stringMatching(/^ROLLBACK at b\.000001:4 takes back rows .* 0-1-7 /)]);
  });

  test('that were taken back free the space of others', async () => {
    const { rows, before } = await delivered(['+s', 'aa', 'bb', '-s', 'cc', 'dd'], 'commit', { bytesMax: 4 });
    expect({ rows, before }).toEqual({ rows: ['cc@5', 'dd@6', 'commit'], before: 0 });
  });
});

test('rows that are never taken back are handed on at once; if they are all the same, that is told', async () => {
  const commit = await delivered(['a', '+s', 'b'], 'commit', { held: false });
  expect(commit).toMatchObject({ rows: ['a@1', 'b@3', 'commit'], before: 2, warnings: [] });
  const back = await delivered(['a', '+s', 'b', '-s'], 'commit', { held: false });
  expect(back.warnings).toEqual([expect.stringMatching(/^ROLLBACK TO at /)]);
});

test('rows of an XA transaction are taken back to a savepoint', async () => {
  const { open } = await delivered(['a', '+s', 'b', 'c', '-s', 'd'], 'commit', { xa: true });
  expect(open.xaRows?.events.map(({ rows }) => rows.toString())).toEqual(['a', 'd']);
  expect(open.xaRows?.bytes).toBe(2);
});
