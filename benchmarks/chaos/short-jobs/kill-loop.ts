import { setTimeout as sleep } from 'node:timers/promises';
import { permutation } from '@sommelier/ncf';
import { Random } from '../../fuzz/random.ts';
import type { CrashableServer } from '../servers.ts';
import type { SupervisedProcess } from '../supervised-process.ts';
import type { Side } from './side.ts';

const ORDER = 0x6b69_6c6c;
/**
 * A kill comes within so many times the length of a job after one was taken, so that it meets a third of the attempts:
 * the eleven in a row after which the product gives a run up do not come about.
 */
const LATEST = 3;
/** How long a job that is taken is waited for; nobody can take one while all are starting. */
const TAKEN_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

export interface KillPlan {
  readonly kills: number;
  readonly redisKills: number;
  readonly seed: number;
  /** Redis is away for up to twice as long as a worker may hold a job. */
  readonly lockMs: number;
  /** How long a job takes that nobody disturbs. */
  readonly jobMs: number;
}

/** What is killed, in order: workers of all sides, or Redis; the same for the same plan. */
export function killOrder({ kills, redisKills, seed }: KillPlan): ('worker' | 'redis')[] {
  const order = permutation(kills + redisKills, seed, ORDER);
  return Array.from(order, (place) => (place < kills ? 'worker' : 'redis'));
}

/**
 * Kills a worker of every side, or Redis, again and again, each time at some moment of a job of the first side: so jobs
 * are killed, and some are done, however slow the machine is.
 */
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
    await untilTaken(sides[0]!);
    await sleep(random.next() * LATEST * plan.jobMs);
    if (target === 'redis') {
      await redis.kill();
      await sleep(random.whole(0, 2 * plan.lockMs));
      await redis.start();
    } else {
      for (const side of sides) await kill(side.holder() ?? random.pick(side.workers));
    }
    onKill(done + 1);
  }
}

async function untilTaken(side: Side): Promise<void> {
  const deadline = Date.now() + TAKEN_TIMEOUT_MS;
  while (side.holder() === undefined && Date.now() < deadline) await sleep(POLL_MS);
}

/** One that has just been started again is killed as soon as it has said a word. */
async function kill(worker: SupervisedProcess): Promise<void> {
  while (worker.pid === undefined) await sleep(POLL_MS);
  worker.kill();
}
