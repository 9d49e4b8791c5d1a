import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiKey, ApiRole } from '@sommelier/contracts';
import { createApiKey, newApiKey } from '@sommelier/platform';
import { eventually } from '../support/processes.ts';
import { createInstallation, type Installation, type Readiness, type Replica } from '../support/replicas.ts';

jest.setTimeout(400_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';

async function keyOf(shop: Installation, ...roles: ApiRole[]): Promise<{ key: ApiKey; token: string }> {
  return createApiKey(shop.database.apiKeys, { name: roles.join(' '), roles, nowMs: Date.now() });
}

/** A login through the page, as a browser's form sends it. */
function logIn(
  replica: Replica,
  secret: string,
  next = '/admin/queues',
  headers: Record<string, string> = {},
) {
  return replica.get('/login', {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: replica.url, ...headers },
    body: new URLSearchParams({ secret, next, username: 'sommelier' }),
  });
}

const cookieOf = (answer: { headers: Headers }) => answer.headers.get('Set-Cookie')?.split(';')[0] ?? '';

describe('a browser', () => {
  let shop: Installation;
  let first: Replica;
  let second: Replica;
  let operate: { key: ApiKey; token: string };

  beforeAll(async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    operate = await keyOf(shop, 'operate');
    const start = () => shop.startReplica({ ADMIN_PASSWORD: 'the-password' });
    [first, second] = await Promise.all([start(), start()]);
    await eventually('Redis is reached', async () => (await first.get<Readiness>('/readyz')).body.redis.ok);
  });
  afterAll(() => shop?.close());

  it('gets a page to log in, and programs a problem document', async () => {
    const page = await first.get<string>('/admin/queues?x="><b>', { headers: { Accept: 'text/html' } });
    expect([page.status, page.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer realm="sommelier"']);
    expect(page.body).toContain('action="/login"');
    expect(page.body).not.toContain('"><b>');
    expect((await first.get('/admin/queues')).body.code).toBe('unauthorized');
  });

  it('has a session on every replica, until it logs out', async () => {
    const answer = await logIn(first, operate.token, '/admin/queues?a=1');
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/admin/queues?a=1']);
    expect(answer.headers.get('Set-Cookie')).toMatch(/HttpOnly/);
    expect(answer.headers.get('Set-Cookie')).toMatch(/SameSite=Strict/);
    expect(answer.headers.get('Set-Cookie')).not.toMatch(/Secure/);
    const headers = { Cookie: cookieOf(answer) };
    for (const replica of [first, second]) {
      expect((await replica.get('/v1/models', { headers })).status).toBe(200);
      expect((await replica.get('/admin/queues/api/queues', { headers })).status).toBe(200);
    }
    const logout = {
      method: 'POST',
      redirect: 'manual' as const,
      headers: { ...headers, Origin: second.url },
    };
    expect((await second.get('/logout', logout)).status).toBe(303);
    for (const replica of [first, second])
      expect((await replica.get('/v1/models', { headers })).status).toBe(401);
  });

  it('logs in as the administrator, and asks for a secure cookie behind TLS', async () => {
    const answer = await logIn(first, 'the-password', '/', { 'X-Forwarded-Proto': 'https' });
    expect(answer.headers.get('Set-Cookie')).toMatch(/Secure/);
    expect((await second.get('/v1/models', { headers: { Cookie: cookieOf(answer) } })).status).toBe(200);
    // Where the password is another, the session is worth nothing.
    const changed = await shop.startReplica({ ADMIN_PASSWORD: 'another-password' });
    const headers = { Cookie: cookieOf(answer) };
    await eventually(
      'the session is refused',
      async () => (await changed.get('/v1/models', { headers })).status === 401,
    );
  });

  it('loses its session with its key', async () => {
    const { key, token } = await keyOf(shop, 'operate');
    const headers = { Cookie: cookieOf(await logIn(first, token)) };
    expect((await second.get('/v1/models', { headers })).status).toBe(200);
    await shop.database.apiKeys.revoke(key.id, Date.now());
    await eventually(
      'the session ends',
      async () => (await second.get('/v1/models', { headers })).status === 401,
    );
  });

  it('is not logged in with what is wrong, and not led to another site', async () => {
    for (const secret of ['wrong', newApiKey().token]) {
      const answer = await logIn(first, secret);
      expect([answer.status, answer.headers.get('Set-Cookie')]).toEqual([401, null]);
    }
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'x',
      '/./%2F/../..//evil.example',
    ]) {
      const location = (await logIn(first, operate.token, next)).headers.get('Location') ?? '';
      expect(new URL(location, first.url).origin).toBe(first.url);
    }
    for (const cookie of [
      'sommelier_session=',
      `sommelier_session=${'A'.repeat(43)}`,
      'sommelier_session=../x',
    ]) {
      expect((await first.get('/v1/models', { headers: { Cookie: cookie } })).status).toBe(401);
    }
  });

  it('changes nothing for a page of another site', async () => {
    const Cookie = cookieOf(await logIn(first, operate.token));
    const train = (headers: Record<string, string>) =>
      first.get('/v1/training-runs', {
        method: 'POST',
        headers: { Cookie, 'Content-Type': 'application/json', ...headers },
        body: '{}',
      });
    expect((await train({ Origin: 'http://evil.example' })).body.code).toBe('forbidden');
    expect((await train({ 'Sec-Fetch-Site': 'same-site' })).body.code).toBe('forbidden');
    expect((await train({})).body.code).toBe('forbidden');
    expect((await train({ Origin: first.url })).status).toBe(202);
    expect((await logIn(first, operate.token, '/', { Origin: 'http://evil.example' })).status).toBe(403);
  });

  it('of a lesser role looks at the job board, and changes nothing there', async () => {
    const { token } = await keyOf(shop, 'recommend');
    const Cookie = cookieOf(await logIn(first, token));
    expect((await first.get('/admin/queues/api/queues', { headers: { Cookie } })).status).toBe(200);
    const pause = { method: 'PUT', headers: { Cookie, Origin: first.url } };
    expect((await first.get('/admin/queues/api/queues/training/pause', pause)).body.code).toBe('forbidden');
  });
});
