import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { beginRun, momentOf, mustSucceed, type Scene } from './run-under-fault.ts';

/** SIGSTOP of whoever has the run until its lock is gone, then SIGCONT: it believes that the run is its own. */
export async function stallWorker(
  scene: Scene,
  { stalledMs, moment }: Extract<Fault, { kind: 'stall-worker' }>,
): Promise<Played> {
  const { installation } = scene;
  const run = await beginRun(scene);
  const begun = await momentOf(scene, run, moment);
  const hurtAtMs = Date.now();
  if (begun === undefined)
    return played({ hurtAtMs, runs: mustSucceed(run), met: false, note: 'the run had ended' });
  const worker = installation.worker(begun.worker);
  const place = installation.follower.at(run.id);
  worker.freeze();
  await sleep(stalledMs);
  const taken = installation.follower.taken(run.id);
  worker.thaw();
  const note = `${begun.worker} at ${place}, ${taken > 1 ? 'taken over meanwhile' : 'not taken over yet'}`;
  return played({ hurtAtMs, mendedAtMs: Date.now(), runs: mustSucceed(run), met: taken > 1, note });
}
