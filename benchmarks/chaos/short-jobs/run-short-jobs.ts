import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateDatabase, openDatabase } from '@sommelier/platform';
import { removeWhenDone } from '../../growth/child-process.ts';
import { hardware } from '../../report/hardware.ts';
import { requireWritable, writeJson } from '../../report/json-file.ts';
import { textTable } from '../../report/text-table.ts';
import type { ShortJobsOptions } from '../options.ts';
import { CrashableServer } from '../servers.ts';
import { earlierEvents } from '../shop.ts';
import { type KillPlan, killAll } from './kill-loop.ts';
import { allEndedOnce, countsOf, type JobOutcome, type SideCounts } from './outcome.ts';
import type { Side } from './side.ts';
import { SommelierSide } from './sommelier-side.ts';
import { StockSide } from './stock-side.ts';

const WORKERS = 2;
/** Short, so that a run whose worker was killed goes on soon. */
const LOCK_MS = 2_000;
/** Longer than BullMQ's own defaults need to find two workers dead on one job. */
const DRAIN_TIMEOUT_MS = 180_000;
const TELL_EVERY = 20;

interface SideResult {
  readonly name: string;
  readonly counts: SideCounts;
  /** Jobs that did not end well exactly once. */
  readonly odd: readonly JobOutcome[];
}

/** Kills workers and Redis under both queues; the exit code says whether each of the product's runs ended once. */
export async function runShortJobs(options: ShortJobsOptions): Promise<number> {
  await requireWritable(options.json);
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-chaos-'));
  const removal = removeWhenDone(folder);
  try {
    const startedMs = performance.now();
    const results = await underKills(options, folder);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    const { kills, redisKills, seed } = options;
    await writeJson(options.json, {
      benchmark: 'chaos-short-jobs',
      settings: { kills, redisKills, seed, lockMs: LOCK_MS, workers: WORKERS },
      seconds,
      results,
      versions: { node: process.version },
      hardware: hardware(),
    });
    console.log(
      `\n${tableOf(results)}\n\n${kills} kills of a worker of each, ${redisKills} of Redis, ${seconds} s`,
    );
    return allEndedOnce(results[0]!.counts) ? 0 : 1;
  } finally {
    await removal.stop();
  }
}

async function underKills(options: ShortJobsOptions, folder: string): Promise<SideResult[]> {
  const logFolder = options.logs ?? join(folder, 'logs');
  await mkdir(logFolder, { recursive: true });
  const [redis, server] = await Promise.all([
    CrashableServer.redis(join(folder, 'redis')),
    CrashableServer.database(join(folder, 'database')),
  ]);
  const databaseUrl = new URL('sommelier', server.url).href;
  await migrateDatabase(databaseUrl);
  const database = await openDatabase({ url: databaseUrl });
  await database.events.insert(earlierEvents({ seed: options.seed, nowMs: Date.now() }));
  const prefix = `chaos-${randomUUID()}`;
  const place = { folder, logFolder, redisUrl: redis.url, prefix, workers: WORKERS };
  const sides: Side[] = [];
  try {
    const sommelier = await SommelierSide.open({ ...place, database, databaseUrl, lockMs: LOCK_MS });
    sides.push(sommelier);
    const jobMs = await sommelier.warmUp();
    console.log(`A run that nobody disturbs takes ${jobMs} ms`);
    sides.push(await StockSide.open({ ...place, seed: options.seed, jobMs }));
    await Promise.all(sides.flatMap(({ workers }) => workers.map((worker) => worker.untilUp())));
    await produceAndKill({ ...options, jobMs, lockMs: LOCK_MS }, { sides, redis });
    return await Promise.all(sides.map(resultOf));
  } finally {
    await Promise.all(sides.map((side) => side.close()));
    await database.close();
    await Promise.all([redis.stop(), server.stop()]);
  }
}

async function produceAndKill(
  plan: KillPlan,
  { sides, redis }: { sides: readonly Side[]; redis: CrashableServer },
): Promise<void> {
  const kills = plan.kills + plan.redisKills;
  const producing = new AbortController();
  const producers = sides.map((side) => side.produce(producing.signal));
  try {
    await killAll(plan, {
      sides,
      redis,
      onKill: (done) => {
        if (done % TELL_EVERY === 0) console.log(`${done} of ${kills} kills`);
      },
    });
  } finally {
    producing.abort();
    await Promise.all(producers);
  }
  console.log('waiting until the last jobs have ended');
  await Promise.all(sides.map((side) => side.drain(DRAIN_TIMEOUT_MS)));
}

async function resultOf(side: Side): Promise<SideResult> {
  const outcomes = await side.outcomes();
  const odd = outcomes.filter(({ end, done }) => end !== 'ended' || done !== 1);
  return { name: side.name, counts: countsOf(outcomes), odd };
}

function tableOf(results: readonly SideResult[]): string {
  return textTable(
    ['', 'accepted', 'ended once', 'lost', 'pending', 'done twice', 'failed for good', 'begun again'],
    results.map(({ name, counts }) => [
      name,
      ...[
        counts.accepted,
        counts.endedOnce,
        counts.lost,
        counts.pending,
        counts.doneTwice,
        counts.failedForGood,
        counts.begunAgain,
      ].map(String),
    ]),
  );
}
