import { setTimeout as sleep } from 'node:timers/promises';
import { permutation } from '@sommelier/ncf';
import { Random } from '../../fuzz/random.ts';
import type { CrashableServer } from '../servers.ts';
import type { SupervisedProcess } from '../supervised-process.ts';
import type { Side } from './side.ts';

const ORDER = 0x6b69_6c6c;
/** Pause between two kills. */
const SHORTEST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 1_800;
/** How often the one is killed that has a job, and not just any. */
const HOLDER = 0.75;
const PID_POLL_MS = 20;

export interface KillPlan {
  readonly kills: number;
  readonly redisKills: number;
  readonly seed: number;
  /** Redis is away for up to twice as long as a worker may hold a job. */
  readonly lockMs: number;
}

/** What is killed, in order: workers of all sides, or Redis; the same for the same plan. */
export function killOrder({ kills, redisKills, seed }: KillPlan): ('worker' | 'redis')[] {
  const order = permutation(kills + redisKills, seed, ORDER);
  return Array.from(order, (place) => (place < kills ? 'worker' : 'redis'));
}

/** Kills a worker of every side, or Redis, again and again. */
export async function killAll(
  plan: KillPlan,
  {
    sides,
    redis,
    onKill,
  }: { sides: readonly Side[]; redis: CrashableServer; onKill: (done: number) => void },
): Promise<void> {
  const random = new Random(plan.seed);
  for (const [done, target] of killOrder(plan).entries()) {
    await sleep(random.whole(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS));
    if (target === 'redis') {
      await redis.kill();
      await sleep(random.whole(0, 2 * plan.lockMs));
      await redis.start();
    } else {
      for (const side of sides) await kill(victimOf(side, random));
    }
    onKill(done + 1);
  }
}

function victimOf(side: Side, random: Random): SupervisedProcess {
  const anybody = random.pick(side.workers);
  return random.chance(HOLDER) ? (side.holder() ?? anybody) : anybody;
}

/** One that has just been started again is killed as soon as it has said a word. */
async function kill(worker: SupervisedProcess): Promise<void> {
  while (worker.pid === undefined) await sleep(PID_POLL_MS);
  worker.kill();
}
