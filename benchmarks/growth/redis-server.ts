export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of REDIS_URL, else one of our own, which ends with this process. */
export async function openRedis(): Promise<RedisServer> {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== '') return { url: given, stop: async () => {} };
  const { startRedis } = await import('./services.ts');
  return startRedis();
}
