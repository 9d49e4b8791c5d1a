import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { beginRun, type Scene } from './run-under-fault.ts';

/** The artifact store is full for as long as a run tries; the run after it, on a disk with room, must succeed. */
export async function diskFull(
  scene: Scene,
  { freeBytes }: Extract<Fault, { kind: 'disk-full' }>,
): Promise<Played> {
  const { disk, workers } = scene.installation;
  const hurtAtMs = Date.now();
  await disk.fill(freeBytes, workers);
  try {
    const run = await beginRun(scene);
    await run.end;
    await disk.free(workers);
    const honest = await beginRun({ ...scene, trainingSeed: scene.trainingSeed + 1 });
    const mendedAtMs = Date.now();
    return played({
      hurtAtMs,
      mendedAtMs,
      runs: [
        { id: run.id, statuses: ['failed'], codes: ['artifact-store'] },
        { id: honest.id, statuses: ['succeeded'] },
      ],
      note: disk.means,
    });
  } finally {
    await disk.free(workers);
  }
}
