import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type FoundRedis, findRedis, removeKeys } from './find-redis.ts';

let folder: string;
let found: FoundRedis[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sommelier-redis-'));
  found = [];
});
afterEach(async () => {
  await Promise.all(found.map((redis) => redis.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function find(environment: Record<string, string | undefined>): Promise<FoundRedis> {
  const redis = await findRedis(folder, environment);
  found.push(redis);
  return redis;
}

describe('finding a Redis', () => {
  it('starts a server of the PATH that keeps its data and evicts nothing', async () => {
    const started = await find({ PATH: process.env.PATH });
    expect(started.kind).toBe('started');
    const redis = new Redis(started.url);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    redis.disconnect();
    await started.stop();
    await expect(find({ REDIS_URL: started.url })).rejects.toMatchObject({ code: 'queue-unavailable' });
  });

  it("uses the user's own, leaves it running, and removes only keys of the prefix", async () => {
    const started = await find({ PATH: process.env.PATH });
    const given = await find({ REDIS_URL: started.url });
    expect(given).toMatchObject({ kind: 'given', url: started.url });
    await given.stop();
    const redis = new Redis(started.url);
    await redis.mset({ 'demo:1': 'a', 'demo:2': 'b', demonstration: 'c', 'other:demo:1': 'd' });
    await removeKeys(started.url, 'demo');
    expect((await redis.keys('*')).sort()).toEqual(['demonstration', 'other:demo:1']);
    redis.disconnect();
  });

  it('names the address that does not answer, but not its password', async () => {
    const failure = find({ REDIS_URL: 'redis://:secret@127.0.0.1:1' });
    await expect(failure).rejects.toThrow('redis://127.0.0.1:1');
    await expect(failure).rejects.not.toThrow('secret');
  });

  it('says what is wrong with an address that is none', async () => {
    await expect(find({ REDIS_URL: 'not an address' })).rejects.toMatchObject({ code: 'invalid-config' });
  });
});
