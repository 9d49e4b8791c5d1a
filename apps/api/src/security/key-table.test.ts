import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, newApiKey, type StoredApiKey } from '@sommelier/platform';
import { KeyTable, type KeyTableParts } from './key-table.ts';

const logger = createLogger('test', 'silent');
const FIXED = { id: 'fixed', name: 'fixed', roles: ['operate'] as const };

let nowMs: number;
let rows: StoredApiKey[];
let reads: number;
let failure: Error | undefined;
let uses: [string, number][];
let tables: KeyTable[];

function tableWith(parts: Partial<KeyTableParts> = {}): KeyTable {
  const store = {
    async list() {
      reads++;
      if (failure !== undefined) throw failure;
      return rows;
    },
    async noteUse(id: string, atMs: number) {
      uses.push([id, atMs]);
    },
  };
  const table = new KeyTable({
    store: () => store,
    logger,
    now: () => nowMs,
    monotonicMs: () => nowMs,
    mayBeOpen: true,
    ...parts,
  });
  tables.push(table);
  return table;
}

function addKey(fields: Partial<StoredApiKey> = {}): string {
  const { id, token, hash } = newApiKey();
  const times = { createdAtMs: 1, revokedAtMs: null, lastUsedAtMs: null };
  rows = [...rows, { id, name: id, roles: ['recommend'], hash, ...times, ...fields }];
  return token;
}

beforeEach(() => {
  nowMs = 1_000_000;
  rows = [];
  reads = 0;
  failure = undefined;
  uses = [];
  tables = [];
});
afterEach(() => Promise.all(tables.map((table) => table.stop())));

describe('KeyTable', () => {
  it('finds exactly the keys that are stored and not revoked', async () => {
    const good = addKey({ name: 'shop' });
    const revoked = addKey({ revokedAtMs: 5 });
    const damaged = addKey({ hash: '' });
    const table = tableWith();
    await table.refresh();
    expect(table.find(good)).toMatchObject({ name: 'shop', roles: ['recommend'] });
    const otherSecret = `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`;
    for (const token of [revoked, damaged, otherSecret, newApiKey().token, '', 'smk_', 'x'.repeat(64)]) {
      expect(table.find(token)).toBeUndefined();
    }
    expect(table.state).toBe('locked');
  });

  it('forgets a revoked key at the next read, and a new one is there', async () => {
    const first = addKey();
    const table = tableWith();
    await table.refresh();
    rows = rows.map((row) => ({ ...row, revokedAtMs: nowMs }));
    const second = addKey();
    await table.refresh();
    expect(table.find(first)).toBeUndefined();
    expect(table.find(second)).toBeDefined();
  });

  it('is open only where it may be, and never again after there was a key', async () => {
    const open = tableWith();
    expect([open.state, open.isEmpty]).toEqual(['unread', true]);
    await open.refresh();
    expect([open.state, open.isEmpty]).toEqual(['open', true]);
    addKey();
    await open.refresh();
    expect([open.state, open.isEmpty]).toEqual(['locked', false]);
    rows = [];
    await open.refresh();
    expect([open.state, open.isEmpty]).toEqual(['locked', false]);
    const network = tableWith({ mayBeOpen: false });
    await network.refresh();
    expect([network.state, network.isEmpty]).toEqual(['locked', true]);
  });

  it('is locked by revoked keys alone', async () => {
    addKey({ revokedAtMs: 5 });
    const table = tableWith();
    await table.refresh();
    expect([table.state, table.isEmpty]).toEqual(['locked', false]);
  });

  it('holds on to what it read last while the database is away', async () => {
    const token = addKey();
    const table = tableWith();
    await table.refresh();
    failure = new Error('away');
    await table.refresh();
    expect(table.find(token)).toBeDefined();
    expect([table.state, table.lastError]).toEqual(['locked', failure]);
    failure = undefined;
    await table.refresh();
    expect(table.lastError).toBeUndefined();
  });

  it('stays unread, and finds nobody, until the database has answered', async () => {
    const token = addKey();
    failure = new Error('away');
    const table = tableWith();
    await table.refresh();
    expect([table.state, table.find(token)]).toEqual(['unread', undefined]);
  });

  it('has a key that is known from the start, before the database answers', () => {
    const table = tableWith({ fixed: { token: 'f'.repeat(32), principal: FIXED } });
    expect(table.find('f'.repeat(32))).toMatchObject(FIXED);
    expect(table.find('f'.repeat(31))).toBeUndefined();
    expect(table.holder('fixed')).toMatchObject(FIXED);
    expect([table.state, table.isEmpty]).toEqual(['locked', false]);
  });

  it('reads at once for an unknown key, but not for each', async () => {
    const table = tableWith();
    await Promise.all(Array.from({ length: 5 }, () => table.refreshForUnknown()));
    expect(reads).toBe(1);
    const token = addKey();
    await Promise.all(Array.from({ length: 5 }, () => table.refreshForUnknown()));
    expect(reads).toBe(2);
    expect(table.find(token)).toBeDefined();
  });

  it('calls at the same time share one read', async () => {
    const table = tableWith();
    await Promise.all([table.refresh(), table.refresh(), table.refresh()]);
    expect(reads).toBe(1);
  });

  it('notes the last use of each key once a minute', async () => {
    const token = addKey();
    const table = tableWith();
    await table.refresh();
    const id = table.find(token)?.id ?? '';
    nowMs += 59_000;
    table.find(token);
    await table.refresh();
    expect(uses).toEqual([]);
    nowMs += 1_000;
    await table.refresh();
    expect(uses).toEqual([[id, 1_059_000]]);
    nowMs += 60_000;
    await table.refresh();
    expect(uses).toHaveLength(1);
  });
});
