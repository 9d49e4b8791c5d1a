import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { mustSucceed, runAt, type Scene } from './run-under-fault.ts';

/** SIGKILL of Redis, which comes back with what its append-only file has. */
export async function redisRestart(
  scene: Scene,
  { downMs, moment }: Extract<Fault, { kind: 'redis-restart' }>,
): Promise<Played> {
  const { redisServer } = scene.installation;
  const { run, met, note } = await runAt(scene, moment);
  const hurtAtMs = Date.now();
  await redisServer.kill();
  await sleep(downMs);
  await redisServer.start();
  return played({ hurtAtMs, mendedAtMs: Date.now(), runs: mustSucceed(run), met, note });
}
