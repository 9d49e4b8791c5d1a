import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { mustSucceed, runAt, type Scene } from './run-under-fault.ts';

/** SIGKILL of the database, which comes back after its own recovery; answers go on all the while. */
export async function databaseDown(
  scene: Scene,
  { downMs, moment }: Extract<Fault, { kind: 'database-down' }>,
): Promise<Played> {
  const { databaseServer } = scene.installation;
  const { run, met, note } = await runAt(scene, moment);
  const hurtAtMs = Date.now();
  await databaseServer.kill();
  await sleep(downMs);
  await databaseServer.start();
  return played({ hurtAtMs, mendedAtMs: Date.now(), runs: mustSucceed(run), met, writesMayFail: true, note });
}
