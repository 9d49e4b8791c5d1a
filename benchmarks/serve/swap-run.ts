import { setTimeout as sleep } from 'node:timers/promises';
import type { ExpectedAnswers } from './answer-check.ts';
import type { Installation } from './installation.ts';
import { summarize } from './latencies.ts';
import { holds, type LoadPlace, measured } from './measure-load.ts';
import type { OpenMeasured, SwapResult } from './results.ts';

const CONNECTIONS = 256;
const EVERY_MS = 5_000;
/** Longest load: what ends it is the last swap. */
const MAX_SECONDS = 7_200;

export interface SwapPlan {
  /** The two versions that take turns; the first is being served. */
  readonly versions: readonly [string, string];
  readonly expected: ExpectedAnswers;
  readonly rate: number;
  readonly p99Ms: number;
  readonly swaps: number;
  /** As fast as they complete, and not one every 5 s. */
  readonly atOnce: boolean;
}

/** The same load without and with swaps, every answer compared with the right one of the version that it names. */
export async function measureSwaps(
  installation: Installation,
  place: LoadPlace,
  plan: SwapPlan,
): Promise<SwapResult> {
  const mode = { kind: 'open', rate: plan.rate } as const;
  const job = { mode, connections: CONNECTIONS, expected: plan.expected };
  const judged = (one: Awaited<ReturnType<typeof measured>>): OpenMeasured => ({
    ...one,
    offered: plan.rate,
    held: holds(one, plan.p99Ms),
  });
  await measured(place, { ...job, seconds: place.seconds / 3 });
  const steady = judged(await measured(place, { ...job, seconds: place.seconds }));
  const times: number[] = [];
  const swapping = await measured(place, { ...job, seconds: MAX_SECONDS }, async () => {
    try {
      await swapAgainAndAgain(installation, plan, times);
    } finally {
      place.generator.stopJob();
    }
  });
  return { steady, swapping: judged(swapping), swaps: times.length, swapMs: summarize(times) };
}

async function swapAgainAndAgain(installation: Installation, plan: SwapPlan, times: number[]): Promise<void> {
  for (let swap = 1; swap <= plan.swaps; swap++) {
    const started = performance.now();
    const { generation } = await installation.publish(plan.versions[swap % 2]!);
    await installation.untilServed(generation);
    const took = performance.now() - started;
    times.push(took);
    if (!plan.atOnce) await sleep(Math.max(0, EVERY_MS - took));
  }
}
