import type { Moment } from '../fault.ts';
import type { Installation, WatchedRun } from '../installation.ts';
import type { DeclaredRun } from '../observation.ts';
import type { Beginning } from '../run-follower.ts';

/** Where a fault is played. */
export interface Scene {
  readonly installation: Installation;
  /** Of the run's training: another one each round, so that each round has a model of its own. */
  readonly trainingSeed: number;
  readonly lockMs: number;
}

/** Begins the run that the fault is to meet. */
export function beginRun({ installation, trainingSeed }: Scene): Promise<WatchedRun> {
  return installation.train({ training: { seed: trainingSeed } });
}

/**
 * Waits until a run is at a moment, or at the end of that moment's stage where it is quicker than usual; undefined when
 * it has ended before. `after`: beginnings of stages to pass over.
 */
export async function momentOf(
  { installation }: Scene,
  run: WatchedRun,
  moment: Moment,
  after = 0,
): Promise<Beginning | undefined> {
  const { follower } = installation;
  const begun = await follower.reached(run.id, moment, { after, signal: run.ended });
  if (begun !== undefined) {
    const waitMs = Math.round(moment.share * follower.usualMs(begun.stage));
    await follower.passed(run.id, AbortSignal.timeout(waitMs));
  }
  return begun;
}

/** Begins a run and waits for a moment of it, where the fault names one. */
export async function runAt(
  scene: Scene,
  moment: Moment | null,
): Promise<{ run: WatchedRun | undefined; met: boolean; note: string }> {
  if (moment === null) return { run: undefined, met: true, note: 'no run' };
  const run = await beginRun(scene);
  await momentOf(scene, run, moment);
  const { follower } = scene.installation;
  return { run, met: follower.isInWork(run.id), note: `run at ${follower.at(run.id)}` };
}

/** What an honest run must come to, whatever was done to what it runs on. */
export function mustSucceed(run: WatchedRun | undefined): DeclaredRun[] {
  return run === undefined ? [] : [{ id: run.id, statuses: ['succeeded'] }];
}
