import { setTimeout as sleep } from 'node:timers/promises';
import type { Readiness } from '@sommelier/contracts';
import type { Installation } from '../serve/installation.ts';
import { type LatencySummary, summarize } from '../serve/latencies.ts';
import type { ServerProcess } from '../serve/server-process.ts';

/** Longest that a replica may take; then the measurement fails. */
const LIMIT_MS = 60_000;
/** Seldom, since every question takes time from the replicas; when one changed models, it says itself, to the millisecond. */
const POLL_MS = 1_000;
/** So that an activation does not always fall on the same moment between two polls of a replica. */
const GOLDEN = 0.618_033_988_75;
const LONGEST_PAUSE_MS = 2_500;

export interface Convergence {
  readonly activations: number;
  /** From the activation until a replica served the model: all replicas of all activations. */
  readonly replicaMs: LatencySummary | undefined;
  /** The same of the last replica of each activation. */
  readonly lastMs: LatencySummary | undefined;
}

/** Activates the versions in turn, and waits after each until every replica serves it. */
export async function measureConvergence(
  installation: Installation,
  replicas: readonly ServerProcess[],
  plan: { readonly versions: readonly string[]; readonly activations: number; readonly announce: boolean },
): Promise<Convergence> {
  const all: number[] = [];
  const last: number[] = [];
  for (let turn = 0; turn < plan.activations; turn++) {
    await sleep(((turn * GOLDEN) % 1) * LONGEST_PAUSE_MS);
    const version = plan.versions[turn % plan.versions.length]!;
    const { generation, activatedAtMs } = await installation.publish(version, { announce: plan.announce });
    const loadedAtMs = await Promise.all(replicas.map((replica) => servedAt(replica, generation)));
    const delays = loadedAtMs.map((ms) => ms - activatedAtMs);
    all.push(...delays);
    last.push(Math.max(...delays));
  }
  return { activations: plan.activations, replicaMs: summarize(all), lastMs: summarize(last) };
}

/** When a replica began to serve a generation, by its own clock, which is this machine's. */
async function servedAt({ url }: ServerProcess, generation: number): Promise<number> {
  const deadline = Date.now() + LIMIT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/readyz`);
    const { model } = (await response.json()) as Readiness;
    if (model.generation === generation && model.loadedAtMs !== null) return model.loadedAtMs;
    await sleep(POLL_MS);
  }
  throw new Error(`${url} does not serve generation ${generation} after ${LIMIT_MS / 1_000} s`);
}
