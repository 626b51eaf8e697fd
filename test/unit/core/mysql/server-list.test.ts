import { expect, test } from 'vitest';
import { CdcError } from '../../../../core/errors.ts';
import { ServerList } from '../../../../core/mysql/server-list.ts';
import type { MysqlTarget } from '../../../../core/mysql/target.ts';

const at = (host: string): MysqlTarget => ({
  host,
  port: 3306,
  user: 'u',
  password: 'p',
  tls: { kind: 'off' },
});
const list = (): ServerList => new ServerList([at('a'), at('b'), at('c')]);
const unreachable = new CdcError('CDC_SOURCE_UNREACHABLE', 'no way');
const purged = new CdcError('CDC_BINLOG_PURGED', 'gone');

test('servers are tried in turn, beginning with the one that served last', async () => {
  const tried: string[] = [];
  const servers = list();
  const serve = (working: string) =>
    servers.first(async ({ host }) => {
      tried.push(host);
      if (host !== working) throw unreachable;
      return host;
    });
  expect(await serve('b')).toBe('b');
  expect(await serve('b')).toBe('b');
  expect(await serve('a')).toBe('a');
  expect(tried).toEqual(['a', 'b', 'b', 'b', 'c', 'a']);
});

test('an error that waiting may mend is told before one that it can not', async () => {
  const failing = list().first(async ({ host }) => {
    throw host === 'c' ? unreachable : purged;
  });
  await expect(failing).rejects.toMatchObject({
    code: 'CDC_SOURCE_UNREACHABLE',
    retryable: true,
    message: 'no way; and a:3306: CDC_BINLOG_PURGED, gone; b:3306: CDC_BINLOG_PURGED, gone',
  });
});

test('where none can be waited for the first one speaks', async () => {
  const failing = list().first(async () => {
    throw purged;
  });
  await expect(failing).rejects.toMatchObject({ code: 'CDC_BINLOG_PURGED', retryable: false });
});

test('nothing more is tried after an abort', async () => {
  const abort = new AbortController();
  let tries = 0;
  const failing = list().first(async () => {
    tries += 1;
    abort.abort();
    throw unreachable;
  }, abort.signal);
  await expect(failing).rejects.toBe(unreachable);
  expect(tries).toBe(1);
});
