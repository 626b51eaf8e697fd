import { expect, test } from 'vitest';
import { CdcError } from '../../../core/errors.ts';
import { connectWith, type Login } from '../../../core/login.ts';
import { SecretLogin } from '../../../core/secret-login.ts';

const GRACE_MS = 1_000;
const login = (password: string): Login => ({ user: 'u', password });
const refusal = (): CdcError => new CdcError('CDC_SOURCE_ACCESS_DENIED', 'denied');
const refusalOf = (error: unknown): CdcError | null =>
  error instanceof CdcError && error.code === 'CDC_SOURCE_ACCESS_DENIED' ? error : null;

/** A server with one password, and a secret; both may be changed, as the clock. */
function place() {
  const state = { server: 'one', secret: 'one', nowMs: 0, reads: 0, tried: [] as string[] };
  const source = new SecretLogin({
    first: login(state.secret),
    read: async () => {
      state.reads += 1;
      return login(state.secret);
    },
    graceMs: GRACE_MS,
    now: () => state.nowMs,
  });
  const connect = () =>
    connectWith(
      source,
      async ({ password }) => {
        state.tried.push(password);
        if (password !== state.server) throw refusal();
        return 'in';
      },
      refusalOf,
    );
  return { state, connect };
}

test('a login that is taken does not read the secret again', async () => {
  const { state, connect } = place();
  expect(await connect()).toBe('in');
  expect(await connect()).toBe('in');
  expect(state.reads).toBe(0);
});

test('where server and secret have changed, the first connection goes through with the new password', async () => {
  const { state, connect } = place();
  Object.assign(state, { server: 'two', secret: 'two' });
  expect(await connect()).toBe('in');
  expect(state.tried).toEqual(['one', 'two']);
});

test('while the secret has not changed yet waiting may help, and the old password is not tried twice a time', async () => {
  const { state, connect } = place();
  state.server = 'two';
  await expect(connect()).rejects.toMatchObject({ code: 'CDC_SOURCE_ACCESS_DENIED', retryable: true });
  expect(state.tried).toEqual(['one']);
  state.secret = 'two';
  expect(await connect()).toBe('in');
  expect(state.tried).toEqual(['one', 'two']);
});

test('behind the grace time the refusal is final, and it begins anew after a login', async () => {
  const { state, connect } = place();
  state.server = 'two';
  const denied = (retryable: boolean) =>
    expect(connect()).rejects.toMatchObject({ code: 'CDC_SOURCE_ACCESS_DENIED', retryable });
  await denied(true);
  state.nowMs = GRACE_MS - 1;
  await denied(true);
  state.nowMs = GRACE_MS;
  await denied(false);
  state.server = 'one';
  expect(await connect()).toBe('in');
  state.server = 'two';
  await denied(true);
});

test('a secret that changes at every look does not make it try for ever', async () => {
  let count = 0;
  const source = new SecretLogin({
    first: login('0'),
    read: async () => {
      count += 1;
      return login(String(count));
    },
    graceMs: GRACE_MS,
    now: () => 0,
  });
  const tried: string[] = [];
  const connect = async ({ password }: Login): Promise<never> => {
    tried.push(password);
    throw refusal();
  };
  await expect(connectWith(source, connect, refusalOf)).rejects.toThrow('denied');
  expect(tried).toEqual(['0', '1', '2']);
});
