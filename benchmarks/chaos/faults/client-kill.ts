import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { beginRun, momentOf, mustSucceed, type Scene } from './run-under-fault.ts';

/** Goes on for so long after the run has ended: its message is on the way. */
const AFTER_MS = 300;
const MOST_MS = 20_000;

/** Redis drops all connections of a type again and again while a run publishes its model. */
export async function clientKill(
  scene: Scene,
  { clients, everyMs }: Extract<Fault, { kind: 'client-kill' }>,
): Promise<Played> {
  const { redis } = scene.installation;
  const run = await beginRun(scene);
  await momentOf(scene, run, { stage: 'publish', share: 0 });
  const met = scene.installation.follower.isInWork(run.id);
  const hurtAtMs = Date.now();
  let dropped = 0;
  let stopAtMs = hurtAtMs + MOST_MS;
  void run.end.then(
    () => {
      stopAtMs = Date.now() + AFTER_MS;
    },
    () => undefined,
  );
  while (Date.now() < stopAtMs) {
    // A command of ours that a new connection cannot take yet counts for nothing.
    dropped += await redis
      .call('CLIENT', 'KILL', 'TYPE', clients, 'SKIPME', 'YES')
      .then(Number)
      .catch(() => 0);
    await sleep(everyMs);
  }
  return played({
    hurtAtMs,
    mendedAtMs: Date.now(),
    runs: mustSucceed(run),
    met,
    unmet: dropped === 0 ? ['Redis dropped no connection'] : [],
    note: `${dropped} connections dropped`,
  });
}
