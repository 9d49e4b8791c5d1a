import { SommelierError } from '@sommelier/contracts';
import type { EngineSettings } from './training-engine.ts';

/** What every engine says when its numbers are no numbers any more. `epoch` counts from 0. */
export function diverged(epoch: number, what: string, { training }: EngineSettings): SommelierError {
  return new SommelierError(
    'training-diverged',
    `Training diverged in epoch ${epoch + 1}: ${what}. Lower training.learningRate (now ${training.learningRate}).`,
  );
}
