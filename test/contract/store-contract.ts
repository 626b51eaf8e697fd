/** The rules that every store keeps, run against each of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint, CheckpointStore, SchemaStore } from '../../core/checkpoint.ts';
import type { HistoryStore } from '../../core/history.ts';
import type { LeaseStore, RunStatus } from '../../core/lease.ts';
import type { TaskRecord, TaskState, TaskStore } from '../../core/task.ts';

export interface ContractStores {
  readonly tasks: TaskStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly schemas: SchemaStore;
  readonly history: HistoryStore;
}

export interface OpenContractStores {
  readonly stores: ContractStores;
  /** The same store as another process sees it. */
  readonly second: ContractStores;
  close(): Promise<void>;
}

let counter = 0;
/** An id of its own for each test: the store is shared. */
const freshId = (prefix = 'task'): string => {
  counter += 1;
  return `${prefix}-${String(counter).padStart(5, '0')}`;
};

function task(taskId: string, change: Partial<TaskRecord> = {}): TaskRecord {
  return {
    taskId,
    version: 1,
    spec: {
      task_id: taskId,
      mysql_config: { user: 'u', password: { secret: 'local:x' }, host: 'h', port: 3306 },
      database: ['größe', '日本'],
      tables: [],
      exclude_table: [],
      kafka_conf: { brokers: ['b:9092'], enable_sasl: false },
      format: 'galaxy',
      ddl: true,
      check: 'api',
    },
    desired: 'running',
    state: 'pending',
    start: { epoch: 1, at: null },
    filters: [{ version: 1, filter: { databases: [], tables: [''], exclude: [] }, from: null }],
    serverId: 4_294_967_295,
    generation: 1,
    attempt: 0,
    failures: 0,
    run: null,
    nextLaunchAtMs: null,
    error: null,
    createdAtMs: 1_795_000_000_123,
    updatedAtMs: 1_795_000_000_123,
    ...change,
  };
}

const status = (phase: RunStatus['phase']): RunStatus => ({
  phase,
  error: null,
  filterVersion: 1,
  reading: { file: 'binlog.000001', position: 2 ** 40 },
  lagMs: 0,
  rows: Number.MAX_SAFE_INTEGER,
  atMs: 1,
});

const checkpoint = (position: number): Checkpoint => ({
  file: 'binlog.000001',
  position,
  gtidSet: '',
  source: { serverUuid: 'x', flavor: 'mysql' },
  startEpoch: 1,
  rows: 1,
  sourceTimeMs: null,
  savedAtMs: 1,
  schemaVersion: null,
});

const code = (expected: string) => ({ code: expected });

export function storeContract(name: string, open: () => Promise<OpenContractStores>): void {
  describe(`the stores on ${name}`, () => {
    let opened: OpenContractStores;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened.close();
    });
    taskContract(() => opened);
    leaseContract(() => opened);
    checkpointContract(() => opened);
    schemaContract(() => opened);
    historyContract(() => opened);
  });
}

function taskContract(get: () => OpenContractStores): void {
  test('a task comes back as it was written, and another process sees it', async () => {
    const { stores, second } = get();
    const written = task(freshId());
    await stores.tasks.create(written);
    expect(await second.tasks.get(written.taskId)).toEqual(written);
    expect(await second.tasks.get(freshId('none'))).toBeNull();
  });

  test('of many creators of one id one wins', async () => {
    const { stores, second } = get();
    const id = freshId();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_item, i) => (i % 2 === 0 ? stores : second).tasks.create(task(id))),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const rejected = results.find((result) => result.status === 'rejected');
    expect(rejected?.reason).toMatchObject(code('CDC_TASK_EXISTS'));
  });

  test('an id that is being deleted says so', async () => {
    const { stores } = get();
    const id = freshId();
    await stores.tasks.create(task(id, { desired: 'deleted' }));
    await expect(stores.tasks.create(task(id))).rejects.toMatchObject(code('CDC_TASK_DELETING'));
  });

  test('a stale version changes and removes nothing', async () => {
    const { stores, second } = get();
    const first = task(freshId());
    await stores.tasks.create(first);
    const next = await second.tasks.update({ ...first, state: 'running' });
    expect(next).toEqual({ ...first, state: 'running', version: 2 });
    await expect(stores.tasks.update({ ...first, state: 'failed' })).rejects.toMatchObject(
      code('CDC_VERSION_CONFLICT'),
    );
    await expect(stores.tasks.remove(first.taskId, 1)).rejects.toMatchObject(code('CDC_VERSION_CONFLICT'));
    expect((await stores.tasks.get(first.taskId))?.state).toBe('running');
    await stores.tasks.remove(first.taskId, 2);
    expect(await stores.tasks.get(first.taskId)).toBeNull();
    await expect(stores.tasks.update(next)).rejects.toMatchObject(code('CDC_VERSION_CONFLICT'));
  });

  test('pages go through every task once, in order of id, while others come and go', async () => {
    const { stores } = get();
    const ids = Array.from({ length: 7 }, () => freshId('page'));
    for (const id of ids) await stores.tasks.create(task(id, { state: 'failed' }));
    const state: TaskState = 'failed';
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await stores.tasks.list({ limit: 3, state, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.total).toBe(seen.length === 0 ? 7 : 6);
      seen.push(...page.tasks.map((found) => found.taskId));
      if (seen.length === 3) await stores.tasks.remove(ids[0] ?? '', 1);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  test('a list of all has every state, with its total', async () => {
    const { stores } = get();
    const before = (await stores.tasks.list({ limit: 1 })).total;
    const made = task(freshId('all'), { state: 'running' });
    await stores.tasks.create(made);
    const page = await stores.tasks.list({ limit: 500 });
    expect(page.total).toBe(before + 1);
    expect(page.tasks).toHaveLength(page.total);
    expect(page.tasks).toContainEqual(made);
  });

  test('a list by state follows the state', async () => {
    const { stores } = get();
    const first = task(freshId('moving'), { state: 'stopping' });
    await stores.tasks.create(first);
    const ids = async (state: TaskState): Promise<string[]> =>
      (await stores.tasks.list({ limit: 100, state })).tasks.map((found) => found.taskId);
    expect(await ids('stopping')).toContain(first.taskId);
    await stores.tasks.update({ ...first, state: 'stopped' });
    expect(await ids('stopping')).not.toContain(first.taskId);
    expect(await ids('stopped')).toContain(first.taskId);
  });

  test('many tasks come in one call, absent ones left out', async () => {
    const { stores, second } = get();
    const ids = Array.from({ length: 120 }, () => freshId('some'));
    await Promise.all(ids.slice(1).map((id) => stores.tasks.create(task(id))));
    const found = await second.tasks.getMany(ids);
    expect(new Set(found.map((item) => item.taskId))).toEqual(new Set(ids.slice(1)));
    expect(found).toHaveLength(119);
    expect(found[0]).toEqual(task(found[0]?.taskId ?? ''));
    expect(await stores.tasks.getMany([])).toEqual([]);
  });

  test('ids by state follow the state', async () => {
    const { stores } = get();
    const [a = '', b = '', c = ''] = [freshId('by'), freshId('by'), freshId('by')];
    for (const id of [c, a, b]) await stores.tasks.create(task(id, { state: 'starting' }));
    await stores.tasks.update({ ...task(b), state: 'stopping' });
    const ids = await stores.tasks.idsByState(['starting', 'stopping', 'failed']);
    const own = (state: TaskState) => (ids.get(state) ?? []).filter((id) => id.startsWith('by-'));
    expect([...ids.keys()]).toEqual(['starting', 'stopping', 'failed']);
    expect(own('starting')).toEqual([a, c]);
    expect(own('stopping')).toEqual([b]);
    expect(own('failed')).toEqual([]);
  });

  test('a new state whose old one is told is counted, and a version that is gone changes nothing', async () => {
    const { stores, second } = get();
    const first = task(freshId('told'), { state: 'pending' });
    await stores.tasks.create(first);
    const totals = async (): Promise<number[]> =>
      Promise.all(
        (['pending', 'starting'] as const).map(
          async (state) => (await second.tasks.list({ limit: 1, state })).total,
        ),
      );
    const [pending = 0, starting = 0] = await totals();
    const next = await stores.tasks.update({ ...first, state: 'starting' }, 'pending');
    expect(next).toEqual({ ...first, state: 'starting', version: 2 });
    await expect(stores.tasks.update({ ...first, state: 'failed' }, 'pending')).rejects.toMatchObject(
      code('CDC_VERSION_CONFLICT'),
    );
    expect(await totals()).toEqual([pending - 1, starting + 1]);
    expect(await second.tasks.get(first.taskId)).toEqual(next);
  });

  test('a cursor that no list gave is refused', async () => {
    const { stores } = get();
    for (const cursor of ['x', '%%%', '']) {
      await expect(stores.tasks.list({ limit: 1, cursor })).rejects.toMatchObject(
        code('CDC_INVALID_REQUEST'),
      );
      await expect(stores.history.page('x', { limit: 1, cursor })).rejects.toMatchObject(
        code('CDC_INVALID_REQUEST'),
      );
    }
  });
}

function leaseContract(get: () => OpenContractStores): void {
  const request = (taskId: string, owner: string, nowMs: number) => ({
    taskId,
    owner,
    generation: 3,
    ttlMs: 100,
    nowMs,
  });

  test('fifty runners want a lease, one gets it', async () => {
    const { stores, second } = get();
    const id = freshId();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_item, i) =>
        (i % 2 === 0 ? stores : second).leases.acquire(request(id, `owner-${i}`, 1000)),
      ),
    );
    const got = results.filter((lease) => lease !== null);
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({ fencingToken: 1, expiresAtMs: 1100, generation: 3, status: null });
    expect(await second.leases.load(id)).toEqual(got[0]);
  });

  test('a lease is free again when it has expired, and not before', async () => {
    const { stores, second } = get();
    const id = freshId();
    const first = await stores.leases.acquire(request(id, 'a', 1000));
    expect(await second.leases.acquire(request(id, 'b', 1099))).toBeNull();
    const stolen = await second.leases.acquire(request(id, 'b', 1100));
    expect(stolen?.fencingToken).toBe(2);
    if (first === null) throw new Error('not acquired');
    await expect(stores.leases.renew(first, status('streaming'), 100, 1101)).rejects.toMatchObject(
      code('CDC_LEASE_LOST'),
    );
    await stores.leases.release(first, status('stopped'));
    await stores.leases.revoke(id, 1);
    expect(await stores.leases.load(id)).toEqual(stolen);
  });

  test('the same owner takes its lease again with a higher token', async () => {
    const { stores } = get();
    const id = freshId();
    await stores.leases.acquire(request(id, 'a', 1000));
    expect((await stores.leases.acquire(request(id, 'a', 1001)))?.fencingToken).toBe(2);
  });

  test('a renewal moves the expiry on and keeps the status; a release frees it and keeps the last word', async () => {
    const { stores, second } = get();
    const id = freshId();
    const lease = await stores.leases.acquire(request(id, 'a', 1000));
    if (lease === null) throw new Error('not acquired');
    const renewed = await stores.leases.renew(lease, status('streaming'), 100, 1050);
    expect(await second.leases.load(id)).toEqual(renewed);
    expect(renewed).toMatchObject({ expiresAtMs: 1150, status: status('streaming') });
    await stores.leases.release(renewed, status('stopped'));
    expect(await second.leases.load(id)).toMatchObject({
      expiresAtMs: 0,
      status: status('stopped'),
      owner: 'a',
    });
    expect((await second.leases.acquire(request(id, 'b', 1051)))?.fencingToken).toBe(2);
  });

  test('a revoked lease is free at once', async () => {
    const { stores } = get();
    const id = freshId();
    await stores.leases.acquire(request(id, 'a', 1000));
    await stores.leases.revoke(id, 1);
    expect(await stores.leases.acquire(request(id, 'b', 1001))).not.toBeNull();
  });

  test('a task that is made anew under its id goes on above the old token', async () => {
    const { stores } = get();
    const id = freshId();
    await stores.leases.acquire(request(id, 'a', 1000));
    await stores.leases.delete(id);
    await stores.leases.delete(freshId('none'));
    expect(await stores.leases.load(id)).toBeNull();
    expect((await stores.leases.acquire(request(id, 'b', 1001)))?.fencingToken).toBe(2);
  });

  test('many leases come in one call, absent ones left out', async () => {
    const { stores } = get();
    const ids = Array.from({ length: 120 }, () => freshId('many'));
    for (const id of ids.slice(1)) await stores.leases.acquire(request(id, 'a', 1000));
    const found = await stores.leases.loadMany(ids);
    expect([...found.keys()].sort()).toEqual(ids.slice(1));
    expect((await stores.leases.loadMany([])).size).toBe(0);
  });
}

function checkpointContract(get: () => OpenContractStores): void {
  test('a new owner that has only claimed already keeps the old one out', async () => {
    const { stores, second } = get();
    const id = freshId();
    expect(await stores.checkpoints.claim(id, 1)).toBeNull();
    await stores.checkpoints.save(id, 1, checkpoint(100));
    expect(await second.checkpoints.claim(id, 2)).toEqual(checkpoint(100));
    await expect(stores.checkpoints.save(id, 1, checkpoint(200))).rejects.toMatchObject(
      code('CDC_LEASE_LOST'),
    );
    await expect(stores.checkpoints.claim(id, 1)).rejects.toMatchObject(code('CDC_LEASE_LOST'));
    expect(await stores.checkpoints.load(id)).toEqual(checkpoint(100));
    await second.checkpoints.save(id, 2, checkpoint(300));
    expect(await stores.checkpoints.load(id)).toEqual(checkpoint(300));
  });

  test('a late writer does not bring back what was deleted, also under a task made anew', async () => {
    const { stores, second } = get();
    const id = freshId();
    await stores.checkpoints.claim(id, 4);
    await stores.checkpoints.save(id, 4, checkpoint(100));
    await second.checkpoints.delete(id);
    await second.checkpoints.delete(freshId('none'));
    expect(await stores.checkpoints.load(id)).toBeNull();
    await expect(stores.checkpoints.save(id, 4, checkpoint(200))).rejects.toMatchObject(
      code('CDC_LEASE_LOST'),
    );
    expect(await second.checkpoints.claim(id, 5)).toBeNull();
    await expect(stores.checkpoints.save(id, 4, checkpoint(200))).rejects.toMatchObject(
      code('CDC_LEASE_LOST'),
    );
    await second.checkpoints.save(id, 5, checkpoint(1));
    expect(await stores.checkpoints.load(id)).toEqual(checkpoint(1));
  });

  test('a save with a newer token than any claim shuts the older one out', async () => {
    const { stores, second } = get();
    const id = freshId();
    await stores.checkpoints.claim(id, 1);
    await second.checkpoints.save(id, 2, checkpoint(200));
    await expect(stores.checkpoints.save(id, 1, checkpoint(100))).rejects.toMatchObject(
      code('CDC_LEASE_LOST'),
    );
    expect(await stores.checkpoints.load(id)).toEqual(checkpoint(200));
  });
}

function schemaContract(get: () => OpenContractStores): void {
  test('a schema history of several megabytes comes back byte for byte', async () => {
    const { stores, second } = get();
    const id = freshId();
    const state = Buffer.alloc(3_000_000);
    // noise, so that no compression makes one chunk of it
    for (let i = 0, seed = 1; i < state.length; i += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      state[i] = seed >> 16;
    }
    await stores.checkpoints.claim(id, 1);
    await stores.schemas.put(id, 1, 7, state);
    const found = await second.schemas.get(id, 7);
    expect(found === null ? null : Buffer.compare(found, state)).toBe(0);
    expect(await second.schemas.get(id, 8)).toBeNull();
  });

  test('older versions are forgotten, and a stale writer writes none', async () => {
    const { stores } = get();
    const id = freshId();
    await stores.checkpoints.claim(id, 2);
    for (const version of [1, 2, 10]) await stores.schemas.put(id, 2, version, Buffer.from(`v${version}`));
    await expect(stores.schemas.put(id, 1, 11, Buffer.from('x'))).rejects.toMatchObject(
      code('CDC_LEASE_LOST'),
    );
    await stores.schemas.prune(id, 10);
    expect(await stores.schemas.get(id, 2)).toBeNull();
    expect(Buffer.from((await stores.schemas.get(id, 10)) ?? []).toString()).toBe('v10');
    await stores.schemas.prune(id);
    expect(await stores.schemas.get(id, 10)).toBeNull();
  });
}

function historyContract(get: () => OpenContractStores): void {
  const entry = (atMs: number, message: string) => ({ atMs, kind: 'warning' as const, message });

  test('history comes newest first, page by page, also where times are equal', async () => {
    const { stores, second } = get();
    const id = freshId();
    for (let i = 0; i < 7; i += 1) await stores.history.append(id, entry(1000 + Math.floor(i / 3), `m${i}`));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await second.history.page(id, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.entries.map((found) => found.message));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(['m6', 'm5', 'm4', 'm3', 'm2', 'm1', 'm0']);
  });

  test('a cursor that no history gave is refused, and one of another list as well', async () => {
    const { stores } = get();
    const id = freshId();
    const list = Buffer.from('g1:some-task').toString('base64url');
    for (const cursor of ['', 'x', list, Buffer.from('g1:LEASE').toString('base64url')]) {
      await expect(stores.history.page(id, { limit: 2, cursor })).rejects.toMatchObject({
        ...code('CDC_INVALID_REQUEST'),
        details: [{ path: 'cursor' }],
      });
    }
  });

  test('two writers of one millisecond lose no entry', async () => {
    const { stores, second } = get();
    const id = freshId();
    await Promise.all(
      Array.from({ length: 20 }, (_item, i) =>
        (i % 2 === 0 ? stores : second).history.append(id, entry(5, `m${i}`)),
      ),
    );
    const page = await stores.history.page(id, { limit: 100 });
    expect(page.entries).toHaveLength(20);
    expect(page.cursor).toBeUndefined();
  });

  test('details come back as they were, and a deleted history is empty', async () => {
    const { stores } = get();
    const id = freshId();
    const full = { ...entry(1, 'ä "quoted"'), details: { from: null, n: 2 ** 53 - 1, list: ['', {}] } };
    await stores.history.append(id, full);
    expect((await stores.history.page(id, { limit: 5 })).entries).toEqual([full]);
    await stores.history.delete(id);
    expect((await stores.history.page(id, { limit: 5 })).entries).toEqual([]);
  });
}
