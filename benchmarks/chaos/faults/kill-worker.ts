import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { beginRun, momentOf, mustSucceed, type Scene } from './run-under-fault.ts';

/** SIGKILL of whoever has the run, at each of the moments. */
export async function killWorker(
  scene: Scene,
  { moments }: Extract<Fault, { kind: 'kill-worker' }>,
): Promise<Played> {
  const { installation } = scene;
  const run = await beginRun(scene);
  const killed: string[] = [];
  let met = false;
  let hurtAtMs: number | undefined;
  for (const moment of moments) {
    const begun = await momentOf(
      scene,
      run,
      moment,
      installation.follower.begun(run.id) * Number(hurtAtMs !== undefined),
    );
    if (begun === undefined) break;
    hurtAtMs ??= Date.now();
    met ||= !run.ended.aborted && installation.follower.isInWork(run.id);
    installation.worker(begun.worker).kill();
    killed.push(`${begun.worker} at ${installation.follower.at(run.id)}`);
  }
  return played({
    hurtAtMs: hurtAtMs ?? Date.now(),
    runs: mustSucceed(run),
    met,
    note: killed.length === 0 ? 'the run had ended' : killed.join(', '),
  });
}
