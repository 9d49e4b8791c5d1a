import type { Pretraining, RunConfig } from '@sommelier/contracts';
import type { TrainingJournal } from '../checkpoint/training-journal.ts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from '../engine/training-engine.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { type PretrainingRuntime, pretrainedFactors, withPretrainedGmf } from './pretraining.ts';
import { trainingPairsOf } from './split-leave-one-out.ts';
import type { TrainingProgress } from './training-progress.ts';
import { type WarmStart, warmParameters } from './warm-start.ts';

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
  /** The model to begin from, in place of pre-training; it must fit: see `warmStartProblem`. */
  readonly warmStart?: WarmStart | undefined;
  /** Unless given, nothing is kept. */
  readonly journal?: TrainingJournal;
}

interface FitPlace {
  readonly phase: 'twin' | 'refit';
  readonly progress: TrainingProgress;
}

/**
 * Trains on the interactions for the chosen number of epochs, from the chosen start, and hands the engine to `use`; it is
 * disposed of afterwards, also after an error. Deterministic as far as the engine is, and where the journal has an
 * earlier attempt's epochs, the same as without.
 */
export async function fitModel<Result>(
  work: FitWork,
  interactions: Interactions,
  chosen: ChosenFit,
  place: FitPlace,
  use: (engine: TrainingEngine) => Promise<Result>,
): Promise<Result> {
  const { phase, progress } = place;
  const { epochs } = chosen;
  const pairs = trainingPairsOf(interactions);
  const journal = work.journal?.fit(phase, pairs);
  const engine = await work.createEngine(pairs, work.config);
  try {
    const keep = (epochsDone: number) =>
      journal?.keep(engine, { epochsDone, search: null, bestParameters: undefined });
    const earlier = await journal?.resume(engine);
    if (earlier === undefined) {
      await beginFit(work, interactions, engine, chosen, place);
      await keep(0);
    }
    for (let epoch = earlier?.epochsDone ?? 0; epoch < epochs; epoch++) {
      const position = { phase, epoch: epoch + 1, epochs } as const;
      const trained = await engine.trainEpoch(epoch, (part) => progress.train({ ...position, ...part }));
      progress.train({ ...position, ...trained });
      await keep(epoch + 1);
    }
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

/** Loads what the first epoch begins from, unless it is the engine's own start. */
async function beginFit(
  { config, pretraining: runtime, warmStart }: FitWork,
  interactions: Interactions,
  engine: TrainingEngine,
  { pretraining }: ChosenFit,
  { phase, progress }: FitPlace,
): Promise<void> {
  if (warmStart !== undefined) {
    await engine.load(warmParameters(await engine.parameters(), interactions, warmStart.model));
  } else if (pretraining !== null) {
    const { unobservedWeight } = pretraining;
    const pairs = trainingPairsOf(interactions);
    const factors = await pretrainedFactors(pairs, config, unobservedWeight, runtime, (done) =>
      progress.pretrain(phase, done, config.training.alsIterations),
    );
    await engine.load(withPretrainedGmf(await engine.parameters(), factors));
  }
}
