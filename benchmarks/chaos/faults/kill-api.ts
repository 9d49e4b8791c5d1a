import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { mustSucceed, runAt, type Scene } from './run-under-fault.ts';

/** SIGKILL of a replica; the load goes on through the others. */
export async function killApi(
  scene: Scene,
  { replica, moment }: Extract<Fault, { kind: 'kill-api' }>,
): Promise<Played> {
  const { run, met, note } = await runAt(scene, moment);
  const hurtAtMs = Date.now();
  scene.installation.replicas[replica]!.kill();
  return played({ hurtAtMs, runs: mustSucceed(run), met, note });
}
