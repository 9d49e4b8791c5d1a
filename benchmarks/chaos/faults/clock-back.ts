import { rm, writeFile } from 'node:fs/promises';
import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { mustSucceed, runAt, type Scene } from './run-under-fault.ts';

/** Sets wall clocks back while a run is in work; they stay so until everything was looked at. */
export async function clockBack(
  scene: Scene,
  { who, backMs, moment }: Extract<Fault, { kind: 'clock-back' }>,
): Promise<Played> {
  const { workers, replicas } = scene.installation;
  const owners = { workers, replicas, all: [...workers, ...replicas] }[who];
  const { run, met, note } = await runAt(scene, moment);
  const hurtAtMs = Date.now();
  await Promise.all(owners.map(({ clockFile }) => writeFile(clockFile, String(backMs))));
  return played({
    hurtAtMs,
    runs: mustSucceed(run),
    met,
    note,
    cleanUp: async () => {
      await Promise.all(owners.map(({ clockFile }) => rm(clockFile, { force: true })));
    },
  });
}
