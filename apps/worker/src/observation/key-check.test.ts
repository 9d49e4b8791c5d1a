import { describe, expect, it } from '@jest/globals';
import type { ApiRole } from '@sommelier/contracts';
import { newApiKey, type StoredApiKey } from '@sommelier/platform';
import { keyCheck } from './key-check.ts';

const FIXED = 'x'.repeat(40);

function keyWith(roles: readonly ApiRole[], revokedAtMs: number | null = null) {
  const { id, token, hash } = newApiKey();
  const stored: StoredApiKey = {
    id,
    hash,
    name: 'k',
    roles,
    createdAtMs: 0,
    revokedAtMs,
    lastUsedAtMs: null,
  };
  return { bearer: `Bearer ${token}`, stored };
}

describe('keyCheck', () => {
  it('lets API_KEY in, and keys of the database that may observe', async () => {
    const observe = keyWith(['observe']);
    const others = [keyWith(['operate', 'recommend', 'ingest']), keyWith(['observe'], 1)];
    const mayRead = keyCheck(FIXED, async () => [observe, ...others].map(({ stored }) => stored));
    const granted = async (header: string | undefined) => mayRead(header);
    expect(await granted(`Bearer ${FIXED}`)).toBe(true);
    expect(await granted(observe.bearer)).toBe(true);
    expect(await Promise.all(others.map(({ bearer }) => granted(bearer)))).toEqual([false, false]);
    const wrong = [undefined, '', FIXED, `Basic ${FIXED}`, `Bearer ${FIXED}x`, keyWith(['observe']).bearer];
    expect(await Promise.all(wrong.map(granted))).toEqual(wrong.map(() => false));
    const otherEnd = observe.bearer.endsWith('A') ? 'B' : 'A';
    expect(await granted(`${observe.bearer.slice(0, -1)}${otherEnd}`)).toBe(false);
  });

  it('lets nobody in when there is no key', async () => {
    const mayRead = keyCheck(undefined, async () => []);
    expect(await mayRead(`Bearer ${newApiKey().token}`)).toBe(false);
  });

  it('lets API_KEY in while the database is away', async () => {
    const mayRead = keyCheck(FIXED, async () => {
      throw new Error('away');
    });
    expect(await mayRead(`Bearer ${FIXED}`)).toBe(true);
    expect(await mayRead(keyWith(['observe']).bearer)).toBe(false);
  });
});
