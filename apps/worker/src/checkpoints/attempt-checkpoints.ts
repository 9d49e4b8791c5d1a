import { createHash } from 'node:crypto';
import { type CheckpointOrigin, isSommelierError, SommelierError } from '@sommelier/contracts';
import { sha256Hex } from '@sommelier/ncf';
import {
  type Checkpoints,
  checkpointParts,
  decodeCheckpoint,
  type TrainingCheckpoint,
} from '@sommelier/ncf/training';
import { type ArtifactStore, checkpointKey, checkpointPrefix } from '@sommelier/platform';

/** A checkpoint that took t is followed by another after 20 t at the earliest, however often they are asked for. */
const COST_FACTOR = 20;

export interface CheckpointWork {
  readonly artifacts: ArtifactStore;
  readonly runId: string;
  readonly attempt: number;
  readonly origin: CheckpointOrigin;
  /** Shortest time between two; 0 = as often as there is something to keep, whatever it costs. */
  readonly everyMs: number;
  /** A line for the run's log. */
  readonly log: (line: string) => void;
  readonly nowMs: () => number;
}

/**
 * The checkpoints of an attempt at a run, in the artifact store. Begins with the newest one of an earlier attempt that is
 * whole and of the same origin; whatever is odd about one is logged, and then it is as if there were none. One that
 * cannot be written is logged, too: the training goes on. Each takes the place of those before it.
 * @throws SommelierError `artifact-store` when the store cannot be listed
 */
export async function openCheckpoints(work: CheckpointWork): Promise<Checkpoints> {
  const { artifacts, runId, attempt, origin, everyMs, log, nowMs } = work;
  let stored = await artifacts.list(checkpointPrefix(runId));
  let earlier = await findEarlier(work, stored);
  let number = 0;
  let dueAtMs = nowMs() + everyMs;
  return {
    takeEarlier() {
      const taken = earlier;
      earlier = undefined;
      return taken;
    },
    isDue: () => nowMs() >= dueAtMs,
    onResumed: ({ phase, epochsDone }) => log(`Resumed from epoch ${epochsDone} of the ${phase}`),
    async save(checkpoint) {
      const beganAtMs = nowMs();
      try {
        const parts = checkpointParts(checkpoint, origin);
        number++;
        const key = checkpointKey(runId, { attempt, number, sha256: sha256Of(parts) });
        await artifacts.put(key, parts);
        // An attempt that was taken over leaves those of its successor alone.
        const replaced = stored.filter((each) => each < key);
        stored = [...replaced, key];
        for (const each of replaced) await artifacts.delete(each);
        stored = [key];
      } catch (error) {
        log(`A checkpoint could not be kept, and the training goes on: ${(error as Error).message}`);
      }
      const costMs = nowMs() - beganAtMs;
      dueAtMs = nowMs() + (everyMs === 0 ? 0 : Math.max(everyMs, COST_FACTOR * costMs));
    },
  };
}

function sha256Of(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

async function findEarlier(
  work: CheckpointWork,
  stored: readonly string[],
): Promise<TrainingCheckpoint | undefined> {
  for (const key of [...stored].reverse()) {
    try {
      const checkpoint = await readCheckpoint(work, key);
      work.log(`Going on from the checkpoint ${key}`);
      return checkpoint;
    } catch (error) {
      if (!isSommelierError(error)) throw error;
      work.log(`Warning: the checkpoint ${key} is left aside: ${error.message}`);
    }
  }
  return undefined;
}

async function readCheckpoint(
  { artifacts, origin }: CheckpointWork,
  key: string,
): Promise<TrainingCheckpoint> {
  const bytes = await artifacts.get(key);
  if (!key.endsWith(`-${sha256Hex(bytes)}.safetensors`)) {
    throw new SommelierError('model-file-invalid', 'its bytes do not have the hash of its name');
  }
  const { checkpoint, origin: itsOrigin } = decodeCheckpoint(bytes);
  const other = (Object.keys(origin) as (keyof CheckpointOrigin)[]).find(
    (part) => origin[part] !== itsOrigin[part],
  );
  if (other === undefined) return checkpoint;
  const problem = `its ${other} is ${itsOrigin[other]}, and this attempt's is ${origin[other]}`;
  throw new SommelierError('model-file-invalid', problem);
}
