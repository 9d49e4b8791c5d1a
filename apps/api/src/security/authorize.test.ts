import { afterEach, describe, expect, it } from '@jest/globals';
import { API_ROLES, type ApiRole } from '@sommelier/contracts';
import { createLogger, newApiKey } from '@sommelier/platform';
import fc from 'fast-check';
import { adminLogin } from './admin-login.ts';
import { createAuthorizer } from './authorize.ts';
import { KeyTable } from './key-table.ts';
import { accessOf } from './route-access.ts';

const logger = createLogger('test', 'silent');
const PATHS = [
  '/',
  '/v1/users/u/recommendations',
  '/v1/events',
  '/v1/models',
  '/nothing',
  '/admin/queues',
  '/healthz',
];
const admin = adminLogin({ user: 'boss', password: 'pass:wörd ' });
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

let table: KeyTable | undefined;
afterEach(() => table?.stop());

async function keysWith(roleSets: readonly (readonly ApiRole[])[], failure?: Error) {
  const made = roleSets.map((roles) => ({ ...newApiKey(), roles }));
  const times = { createdAtMs: 1, revokedAtMs: null, lastUsedAtMs: null };
  const rows = made.map(({ id, hash, roles }) => ({ id, name: id, hash, roles, ...times }));
  const store = {
    list: async () => {
      if (failure !== undefined) throw failure;
      return rows;
    },
    noteUse: async () => undefined,
  };
  table = new KeyTable({
    store: () => store,
    logger,
    now: Date.now,
    monotonicMs: () => performance.now(),
    mayBeOpen: true,
  });
  await table.refresh();
  return { keys: table, tokens: made.map(({ token }) => token) };
}

const request = (path: string, authorization?: string, method = 'GET') => ({
  method,
  path,
  headers: authorization === undefined ? {} : { authorization },
});

describe('authorize', () => {
  it('grants exactly what the roles of the key allow', async () => {
    const sets = [...Array(2 ** API_ROLES.length - 1).keys()].map((bits) =>
      API_ROLES.filter((_, i) => ((bits + 1) >> i) & 1),
    );
    const { keys, tokens } = await keysWith(sets);
    const { authorize } = createAuthorizer(keys, admin);
    const cases = fc.tuple(
      fc.nat(sets.length - 1),
      fc.constantFrom(...PATHS),
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    );
    fc.assert(
      fc.property(cases, fc.boolean(), ([index, path, method], asPassword) => {
        const token = tokens[index] ?? '';
        const sent = asPassword ? basic('whoever', token) : `Bearer ${token}`;
        const decision = authorize(request(path, sent, method));
        const access = accessOf(method, path);
        const may = access === 'public' || access === 'any' || (sets[index] ?? []).includes(access);
        expect(decision.granted).toBe(may);
        if (!decision.granted) expect(decision.error.code).toBe('forbidden');
      }),
    );
  });

  it('refuses everybody else everywhere but where it is public, alike where there is nothing', async () => {
    const { keys, tokens } = await keysWith([['operate']]);
    const { authorize } = createAuthorizer(keys, admin);
    const wrong = [
      undefined,
      'Bearer x',
      `Bearer ${newApiKey().token}`,
      `Bearer ${tokens[0]}x`,
      basic('boss', 'pass'),
    ];
    for (const header of wrong) {
      for (const path of PATHS) {
        const decision = authorize(request(path, header));
        expect([path, decision.granted]).toEqual([path, path === '/healthz']);
        if (decision.granted) continue;
        expect(decision).toMatchObject({
          error: { code: 'unauthorized' },
          challenge: 'Bearer realm="sommelier"',
          unknownKey: header !== undefined,
        });
      }
    }
  });

  it("takes the administrator's login for operating, and both parts of it", async () => {
    const { keys } = await keysWith([['recommend']]);
    const { authorize } = createAuthorizer(keys, admin);
    expect(authorize(request('/v1/models', basic('boss', 'pass:wörd ')))).toMatchObject({
      granted: true,
      principal: { id: 'admin' },
    });
    expect(authorize(request('/v1/events', basic('boss', 'pass:wörd '), 'POST'))).toMatchObject({
      granted: false,
      error: { code: 'forbidden' },
    });
    for (const [user, password] of [
      ['boss', 'pass:wörd'],
      ['Boss', 'pass:wörd '],
      ['', 'pass:wörd '],
      ['boss', ''],
    ] as const) {
      expect(authorize(request('/v1/models', basic(user, password))).granted).toBe(false);
    }
  });

  it('lets everybody do everything while there is no key, except look at the job board', async () => {
    const { keys } = await keysWith([]);
    const { authorize } = createAuthorizer(keys, admin);
    for (const path of PATHS) {
      expect(authorize(request(path)).granted).toBe(path !== '/admin/queues');
    }
    expect(authorize(request('/admin/queues'))).toMatchObject({
      challenge: 'Basic realm="sommelier", charset="UTF-8"',
    });
    expect(authorize(request('/admin/queues', basic('boss', 'pass:wörd '))).granted).toBe(true);
    const closed = createAuthorizer(keys, undefined).authorize(request('/admin/queues'));
    expect(closed).toMatchObject({ granted: false, error: { code: 'forbidden' } });
  });

  it('refuses all but what is public while the keys could not be read', async () => {
    const { keys } = await keysWith([], new Error('away'));
    const { authorize } = createAuthorizer(keys, admin);
    for (const path of PATHS) {
      const decision = authorize(request(path));
      expect(decision.granted).toBe(path === '/healthz');
      if (!decision.granted) expect(decision.error.code).toBe('database-unavailable');
    }
  });
});
