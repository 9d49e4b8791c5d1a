import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from './repository.ts';

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of REDIS_URL, else one of our own, which ends with this process. */
export async function openRedis(): Promise<RedisServer> {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== '') return { url: given, stop: async () => {} };
  const services = (await import(pathToFileURL(join(REPOSITORY, 'scripts', 'services.mjs')).href)) as {
    startRedis(): Promise<RedisServer>;
  };
  return services.startRedis();
}
