import { mkdtemp } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeWhenDone } from '../../growth/child-process.ts';
import { hardware } from '../../report/hardware.ts';
import { requireWritable, writeJson } from '../../report/json-file.ts';
import { Installation } from '../installation.ts';
import type { StallsOptions } from '../options.ts';
import { earlierEvents } from '../shop.ts';
import { versionsOf } from '../versions.ts';
import { busyShare, processorTimes } from './busy-share.ts';

/** One trains, since the queue lets one at a time; the other looks for those that stall. */
const WORKERS = 2;
const POLL_MS = 1_000;
const SAY_EVERY_MS = 60_000;
/** Longest that a run may wait for a worker. */
const PATIENCE_MS = 60_000;

/** A training that would go on for hours. */
const ENDLESS = {
  model: { factors: 64, layers: [64, 32] },
  training: { epochs: 1_000, patience: 1_000, negativesPerPositive: 256, pretraining: 'none' },
};

interface WatchedTraining {
  readonly runId: string;
  /** Times that a worker took its job. */
  readonly taken: number;
  /** Attempts that its row counts. */
  readonly attempts: number;
  readonly status: string;
}

/**
 * Trains on as many threads as there are processors, and sees whether the worker is taken for dead; the exit code says
 * whether it never was.
 */
export async function runStalls(options: StallsOptions): Promise<number> {
  await requireWritable(options.json);
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-chaos-'));
  const removal = removeWhenDone(folder);
  try {
    const installation = await Installation.create({
      folder,
      logFolder: options.logs ?? join(folder, 'logs'),
      replicas: 1,
      workers: WORKERS,
      lockMs: options.lockMs,
      engineThreads: cpus().length,
    });
    try {
      return await underLoad(options, installation);
    } finally {
      await installation.close();
    }
  } finally {
    await removal.stop();
  }
}

async function underLoad(options: StallsOptions, installation: Installation): Promise<number> {
  const { json, minutes, seed, lockMs } = options;
  await installation.database.events.insert(earlierEvents({ seed, nowMs: Date.now() }));
  await installation.startProcesses();
  const runId = await startTraining(installation, seed);
  const busy = await watch(installation, runId, minutes * 60_000);
  const run = await cancelled(installation, runId);
  const falseStalls = run.taken - 1;
  await writeJson(json, {
    benchmark: 'chaos-stalls',
    settings: { minutes, seed, lockMs, workers: WORKERS, engineThreads: cpus().length },
    falseStalls,
    busyShare: busy,
    run,
    versions: { node: process.version, ...(await versionsOf(installation)) },
    hardware: hardware(),
  });
  const processors = `${cpus().length} processors ${Math.round(100 * busy)}% busy`;
  console.log(
    `\n${falseStalls} false stalls in ${minutes} minutes: ${run.status} after ${run.attempts} attempt, ${processors}, lock ${lockMs / 1_000} s`,
  );
  return falseStalls === 0 ? 0 : 1;
}

/** @returns the id of a run that a worker has taken */
async function startTraining(installation: Installation, seed: number): Promise<string> {
  const { id, end } = await installation.train({ ...ENDLESS, training: { ...ENDLESS.training, seed } });
  // Nobody waits for it: it is cancelled.
  end.catch(() => {});
  const deadline = Date.now() + PATIENCE_MS;
  while (installation.follower.taken(id) === 0) {
    if (Date.now() > deadline) throw new Error(`No worker has taken the run after ${PATIENCE_MS / 1_000} s`);
    await sleep(POLL_MS / 10);
  }
  return id;
}

/** @returns how busy all processors were */
async function watch({ follower }: Installation, runId: string, durationMs: number): Promise<number> {
  const before = processorTimes();
  const started = Date.now();
  let saidMs = started;
  while (Date.now() - started < durationMs) {
    await sleep(Math.min(POLL_MS, durationMs));
    if (Date.now() - saidMs < SAY_EVERY_MS) continue;
    saidMs = Date.now();
    const share = Math.round(100 * busyShare(before, processorTimes()));
    console.log(
      `${Math.round((saidMs - started) / 60_000)} min: taken ${follower.taken(runId)} time(s), processors ${share}% busy`,
    );
  }
  return busyShare(before, processorTimes());
}

async function cancelled(installation: Installation, runId: string): Promise<WatchedTraining> {
  const url = `${installation.replicaUrls[0]}/v1/training-runs/${runId}`;
  const response = await fetch(url, { method: 'DELETE' });
  if (!response.ok) throw new Error(`The run ${runId} could not be cancelled: ${await response.text()}`);
  const row = await installation.database.trainingRuns.get(runId);
  return {
    runId,
    taken: installation.follower.taken(runId),
    attempts: row?.attempts ?? 0,
    status: row?.status ?? 'gone',
  };
}
