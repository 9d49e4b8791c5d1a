import { constants, mkdtempSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeWhenDone } from './child-process.ts';
import type { GrowthPoint } from './growth-table.ts';
import type { GrowthOptions } from './options.ts';
import { openRedis } from './redis-server.ts';
import { shopDatabase } from './shop-database.ts';
import { measureRun, requestOf } from './training-run.ts';

/** Measures every size, the smallest first; `onPoint` is called after each. What was made on the way is removed. */
export async function runBenchmark(
  options: GrowthOptions,
  parts: { onStep: (what: string) => void; onPoint: (points: readonly GrowthPoint[]) => Promise<void> },
): Promise<GrowthPoint[]> {
  const temporary = mkdtempSync(join(tmpdir(), 'sommelier-growth-'));
  const removal = removeWhenDone(temporary);
  const redis = await openRedis();
  const points: GrowthPoint[] = [];
  try {
    for (const size of options.sizes) {
      points.push(await measureSize(size, { options, temporary, redisUrl: redis.url, onStep: parts.onStep }));
      await parts.onPoint(points);
    }
    return points;
  } finally {
    await redis.stop();
    await removal.stop();
  }
}

async function measureSize(
  size: number,
  place: {
    options: GrowthOptions;
    temporary: string;
    redisUrl: string;
    onStep: (what: string) => void;
  },
): Promise<GrowthPoint> {
  const { options, temporary, redisUrl } = place;
  const onStep = (what: string) => place.onStep(`${size} million: ${what}`);
  const shop = await shopDatabase(options.keep ?? temporary, size, onStep);
  const working = join(temporary, 'run');
  await mkdir(working);
  const database = join(working, 'sommelier.db');
  // A run leaves its row and its model in the database; a kept one is to hold events alone, for the next time.
  if (options.keep === undefined) await rename(shop, database);
  else await copyFile(shop, database, constants.COPYFILE_FICLONE);
  const { run, ...measured } = await measureRun({
    databaseUrl: `file:${database}`,
    redisUrl,
    artifactDir: join(working, 'artifacts'),
    engine: options.engine,
    request: requestOf(options),
    onPeriod: onStep,
  });
  // Each size leaves room for the next.
  await rm(working, { recursive: true });
  return { size, events: run.funnel?.steps[0]?.kept.events ?? 0, ...measured };
}
