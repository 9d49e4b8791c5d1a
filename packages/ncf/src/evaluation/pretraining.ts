import type { Pretraining } from '@sommelier/contracts';
import type { KernelBuild } from '@sommelier/kernel/train';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from '../engine/training-engine.ts';
import { type AlsFactors, alsFactors } from '../engine/wasm/als-factors.ts';

/** How the kernel of alternating least squares runs, whatever engine trains afterwards. */
export interface PretrainingRuntime {
  readonly threads: number;
  readonly build: KernelBuild;
}

/**
 * Logit = SCALE x product + BIAS. Least squares aim at 1 for an observed pair and 0 for any other; a logit needs room
 * on both sides. The joint training adjusts both from here, by the output layer.
 */
const SCALE = 8;
const BIAS = -3;

/** Factors of the pairs with one weight of the absent ones. */
export function pretrainedFactors(
  pairs: TrainingPairs,
  { model, training }: EngineSettings,
  unobservedWeight: number,
  runtime: PretrainingRuntime,
  onIteration?: (done: number) => void,
): Promise<AlsFactors> {
  return alsFactors(
    pairs,
    {
      factors: model.factors,
      iterations: training.alsIterations,
      unobservedWeight,
      regularisation: training.alsRegularisation,
      strengthWeight: training.strengthWeight,
      seed: training.seed,
      ...runtime,
    },
    onIteration,
  );
}

/** The parameters with the factors as GMF embeddings, and output weights of 1 for them. */
export function withPretrainedGmf(parameters: NeuMFParameters, factors: AlsFactors): NeuMFParameters {
  const root = Math.sqrt(SCALE);
  const outputWeight = parameters.outputWeight.slice();
  outputWeight.fill(1, 0, parameters.shape.factors);
  return {
    ...parameters,
    userGmf: factors.users.map((value) => root * value),
    itemGmf: factors.items.map((value) => root * value),
    outputWeight,
    outputBias: Float32Array.of(BIAS),
  };
}

/** The GMF branch alone: the tower's part of the output layer is 0. */
export function gmfOnly(parameters: NeuMFParameters): NeuMFParameters {
  return { ...parameters, outputWeight: parameters.outputWeight.slice().fill(0, parameters.shape.factors) };
}

/** The tower alone: the GMF branch's part of the output layer is 0. */
export function towerOnly(parameters: NeuMFParameters): NeuMFParameters {
  return {
    ...parameters,
    outputWeight: parameters.outputWeight.slice().fill(0, 0, parameters.shape.factors),
  };
}

/**
 * Tries the weights of absent pairs in the order of the configuration, until what `validate` gives for the engine's
 * parameters falls; logs differ most in this weight, and least squares take seconds. Without `validate` nothing can be
 * chosen, and it is the first weight. The engine is left with the last one that was tried.
 */
export async function choosePretraining(
  engine: TrainingEngine,
  settings: EngineSettings,
  pairs: TrainingPairs,
  validate: (() => Promise<number>) | undefined,
  runtime: PretrainingRuntime,
  onIteration?: (done: number) => void,
): Promise<{ pretraining: Pretraining; factors: AlsFactors }> {
  const parameters = await engine.parameters();
  const tried: Pretraining['tried'] = [];
  let best: { unobservedWeight: number; validationNdcg: number; factors: AlsFactors } | undefined;
  const { alsUnobservedWeights } = settings.training;
  for (const unobservedWeight of alsUnobservedWeights.slice(0, validate === undefined ? 1 : undefined)) {
    const factors = await pretrainedFactors(pairs, settings, unobservedWeight, runtime, onIteration);
    await engine.load(gmfOnly(withPretrainedGmf(parameters, factors)));
    const validationNdcg = (await validate?.()) ?? 0;
    tried.push({ unobservedWeight, validationNdcg });
    if (best !== undefined && validationNdcg < best.validationNdcg) break;
    best = { unobservedWeight, validationNdcg, factors };
  }
  const { unobservedWeight, factors } = best!;
  return { pretraining: { method: 'als', unobservedWeight, tried }, factors };
}
