import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SommelierError } from '@sommelier/contracts';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';

const START_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const CONNECT_TIMEOUT_MS = 3_000;
const LOG_LINES = 20;
const SERVERS = ['valkey-server', 'redis-server'];
const EMBEDDED = fileURLToPath(new URL('./embedded-redis-main.js', import.meta.url));

export interface FoundRedis {
  readonly url: string;
  /** `given`: the user's own; `started`: a real server of ours; `embedded`: in memory, in JavaScript. */
  readonly kind: 'given' | 'started' | 'embedded';
  /** For people: what it is and where. */
  readonly description: string;
  /** Stops what was started; the user's own server goes on. */
  stop(): Promise<void>;
}

/**
 * Finds a Redis: the one of `REDIS_URL`, else a server on the PATH, started on a free port of the loopback interface
 * with an append-only file in `folder`, else the embedded one.
 * @throws SommelierError `queue-unavailable` when the one of `REDIS_URL` does not answer; `service-missing` when a
 *   server does not start
 */
export async function findRedis(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FoundRedis> {
  const given = environment.REDIS_URL;
  if (given !== undefined && given !== '') return useGiven(given);
  await mkdir(folder, { recursive: true });
  const port = await getPort({ host: '127.0.0.1' });
  const url = `redis://127.0.0.1:${port}`;
  const binary = findOnPath(SERVERS, environment.PATH ?? '');
  const server = startGuarded({
    name: 'Redis',
    cwd: folder,
    logPath: join(folder, 'redis.log'),
    env: environment,
    ...(binary === undefined
      ? { command: process.execPath, args: [EMBEDDED, String(port)] }
      : { command: binary, args: serverArguments(port, folder) }),
  });
  await untilItAnswers(url, server);
  const stop = () => server.stop();
  if (binary !== undefined)
    return { url, kind: 'started', description: `${binary} on port ${port}, append-only file`, stop };
  const description = `embedded on port ${port}: for demos only, it keeps everything in memory`;
  return { url, kind: 'embedded', description, stop };
}

async function useGiven(url: string): Promise<FoundRedis> {
  const where = withoutLogin(url);
  try {
    await ping(url);
  } catch (error) {
    const message = `The Redis of REDIS_URL (${where}) does not answer: ${(error as Error).message}. Start it, or unset REDIS_URL to let a Redis be started for you.`;
    throw new SommelierError('queue-unavailable', message, { cause: error });
  }
  return { url, kind: 'given', description: `${where} (REDIS_URL)`, stop: async () => {} };
}

function withoutLogin(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    throw new SommelierError('invalid-config', 'REDIS_URL is not an address such as redis://127.0.0.1:6379.');
  }
}

function findOnPath(names: readonly string[], path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function serverArguments(port: number, folder: string): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    save: '',
  };
  return Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]);
}

async function untilItAnswers(url: string, server: GuardedProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (server.running() && Date.now() < deadline) {
    try {
      await ping(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  const why = server.running() ? `did not answer within ${START_TIMEOUT_MS / 1_000} s` : 'ended at once';
  await server.stop();
  throw new SommelierError('service-missing', `Redis ${why}. Its log:\n${server.tail(LOG_LINES)}`);
}

/** One PING over a connection of its own. */
async function ping(url: string): Promise<void> {
  const redis = await connectOnce(url);
  try {
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

/** A connection that gives up at the first error; one that failed needs no closing. */
async function connectOnce(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  await redis.connect();
  return redis;
}

const SCAN_COUNT = 500;

/** Deletes every key that begins with `prefix:`, for a server that others use too. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = await connectOnce(url);
  try {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', SCAN_COUNT);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  } finally {
    redis.disconnect();
  }
}
