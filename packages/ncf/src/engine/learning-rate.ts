import type { TrainingConfig } from '@sommelier/contracts';

/** Adam's step size in an epoch, which counts from 0: it falls by the same factor each time. */
export function learningRateOf(
  { learningRate, learningRateDecay }: Pick<TrainingConfig, 'learningRate' | 'learningRateDecay'>,
  epoch: number,
): number {
  return learningRate * learningRateDecay ** epoch;
}
