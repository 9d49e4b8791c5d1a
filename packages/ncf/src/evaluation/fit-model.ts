import type { Pretraining, RunConfig } from '@sommelier/contracts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from '../engine/training-engine.ts';
import { type PretrainingRuntime, pretrainedFactors, withPretrainedGmf } from './pretraining.ts';
import type { TrainingProgress } from './training-progress.ts';

/** What the search has chosen, and what every other training of the run repeats on its own pairs. */
export interface ChosenFit {
  readonly epochs: number;
  readonly pretraining: Pretraining | null;
}

export interface FitWork {
  readonly config: RunConfig;
  readonly createEngine: (pairs: TrainingPairs, settings: EngineSettings) => Promise<TrainingEngine>;
  /** For pre-training, which runs on the CPU whatever the engine. */
  readonly pretraining: PretrainingRuntime;
}

/**
 * Trains on the pairs for the chosen number of epochs, from the chosen start, and hands the engine to `use`; it is
 * disposed of afterwards, also after an error. Deterministic as far as the engine is.
 */
export async function fitModel<Result>(
  { config, createEngine, pretraining: runtime }: FitWork,
  pairs: TrainingPairs,
  { epochs, pretraining }: ChosenFit,
  { phase, progress }: { phase: 'twin' | 'refit'; progress: TrainingProgress },
  use: (engine: TrainingEngine) => Promise<Result>,
): Promise<Result> {
  const engine = await createEngine(pairs, config);
  try {
    if (pretraining !== null) {
      const factors = await pretrainedFactors(pairs, config, pretraining.unobservedWeight, runtime, (done) =>
        progress.pretrain(phase, done, config.training.alsIterations),
      );
      await engine.load(withPretrainedGmf(await engine.parameters(), factors));
    }
    for (let epoch = 0; epoch < epochs; epoch++) {
      const position = { phase, epoch: epoch + 1, epochs } as const;
      const trained = await engine.trainEpoch(epoch, (done) => progress.train({ ...position, ...done }));
      progress.train({ ...position, ...trained });
    }
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}
