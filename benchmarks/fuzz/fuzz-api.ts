import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeWhenDone } from '../growth/child-process.ts';
import { memoryOf, type ProcessMemory } from '../growth/process-memory.ts';
import { openRedis } from '../growth/redis-server.ts';
import { ExpectedError } from '../report/expected-error.ts';
import { Installation } from '../serve/installation.ts';
import { madeUpModel } from '../serve/made-up-model.ts';
import { interactionsOf } from '../serve/shop.ts';
import type { OpenApiDocument } from './described-api.ts';
import type { FuzzOptions } from './options.ts';
import { type FuzzResult, runFuzz } from './run-fuzz.ts';

const USERS = 2_000;
const SHAPE = { items: 3_000, factors: 8, layers: [64, 32, 16, 8] };
/** Requests before memory is first looked at: caches fill, code is compiled. */
const WARM_UP = 2_000;

interface Target {
  readonly url: string;
  /** Of a replica of our own. */
  readonly pid?: number;
}

export interface MeasuredFuzz {
  readonly result: FuzzResult;
  readonly seconds: number;
  readonly before: ProcessMemory | undefined;
  readonly after: ProcessMemory | undefined;
}

/** Sends requests to the API that is given, else to one of its own. */
export function fuzzApi(options: FuzzOptions): Promise<MeasuredFuzz> {
  if (options.url !== undefined) return fuzz(options, { url: options.url });
  return onOwnReplica(options, (target) => fuzz(options, target));
}

async function fuzz(options: FuzzOptions, { url, pid }: Target): Promise<MeasuredFuzz> {
  const response = await fetch(`${url}/openapi.json`).catch((error: unknown) => {
    throw new ExpectedError(`${url} cannot be reached: ${(error as Error).message}`);
  });
  const document = (await response.json()) as OpenApiDocument;
  const memory = () => (pid === undefined ? undefined : memoryOf(pid));
  const { requests, connections, seed } = options;
  const job = { url, document, connections };
  await runFuzz({ ...job, requests: Math.min(WARM_UP, requests), seed: (seed + 1) >>> 0 });
  const before = memory();
  const start = performance.now();
  const result = await runFuzz({
    ...job,
    requests,
    seed,
    onProgress: (sent) => console.log(`${sent} requests`),
  });
  const seconds = (performance.now() - start) / 1_000;
  return { result, seconds, before, after: memory() };
}

async function onOwnReplica<T>(options: FuzzOptions, use: (target: Target) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sommelier-fuzz-'));
  const removal = removeWhenDone(folder);
  try {
    const redis = await openRedis();
    try {
      const place = { folder: join(folder, 'shop'), redisUrl: redis.url, environment: {} };
      const installation = await Installation.create(place);
      try {
        const interactions = interactionsOf({ userCount: USERS, itemCount: SHAPE.items, seed: options.seed });
        await installation.fill(interactions, options.seed);
        const model = madeUpModel(interactions, SHAPE, options.seed);
        await installation.publish(await installation.store(model));
        const [replica] = await installation.replicas(1);
        return await use(replica!);
      } finally {
        await installation.close();
      }
    } finally {
      await redis.stop();
    }
  } finally {
    await removal.stop();
  }
}
