import { describeReply } from '../balanced-client.ts';
import type { Fault } from '../fault.ts';
import { type Played, played } from './played.ts';
import { beginRun, momentOf, mustSucceed, type Scene } from './run-under-fault.ts';

const RUN_ENDED = 409;

/** Cancels a run through some replica; well again is when no worker, job or lock of it is left. */
export async function cancelRun(
  scene: Scene,
  { moment }: Extract<Fault, { kind: 'cancel-run' }>,
): Promise<Played> {
  const { client, follower } = scene.installation;
  const run = await beginRun(scene);
  await momentOf(scene, run, moment);
  const place = follower.at(run.id);
  const hurtAtMs = Date.now();
  const reply = await client.delete(`/v1/training-runs/${run.id}`);
  const status = reply.kind === 'answered' ? reply.status : undefined;
  const isTooLate = status === RUN_ENDED;
  return played({
    hurtAtMs,
    runs: isTooLate ? mustSucceed(run) : [{ id: run.id, statuses: ['cancelled'] }],
    met: !isTooLate,
    unmet: isTooLate || status === 200 ? [] : [`the run was not cancelled: ${describeReply(reply)}`],
    note: isTooLate ? 'its model was active already' : `at ${place}`,
  });
}
