import { SommelierError } from '@sommelier/contracts';
import { EpochSamples } from '../epoch-samples.ts';
import { initialParameters } from '../initial-parameters.ts';
import type { NeuMFParameters } from '../neumf-parameters.ts';
import { NeuMFOptimiser } from '../optimiser.ts';
import { copyOfParameters, nonFiniteTensor, requireSameShape } from '../parameter-checks.ts';
import type { EngineSettings, EpochProgress, TrainingEngine, TrainingPairs } from '../training-engine.ts';
import { requirePairs } from '../training-pairs-check.ts';
import { acquireBackend, type TfjsBackend } from './backend.ts';
import { batchGradients } from './batch-gradients.ts';
import { ItemScores } from './item-scores.ts';

/** Samples after which the thread's event loop gets a turn, so that progress messages leave it. */
const SAMPLES_BETWEEN_PAUSES = 4_096;

/** Most scores that one call of `scoreUsers` may ask for: 1 GiB. */
const MAX_SCORES = 2 ** 28;

/**
 * NeuMF on TensorFlow.js. The backend computes loss and gradients of a batch from the rows that the batch touches;
 * tables, moments and the lazy Adam update stay on the host, so a step costs what the batch touches, not what the
 * vocabulary holds. Parameters are float32. Deterministic by seed on `wasm` and `cpu`; on the GPU backends sums of
 * row gradients are added in no fixed order.
 *
 * TensorFlow.js has one active backend a process: engines with different backends cannot be alive at the same time.
 * @throws SommelierError `engine-unavailable` when the backend cannot be used here, `invalid-config` for a shape that
 * no network has, `too-few-interactions` without a pair, `internal` for pairs that are not compressed rows.
 */
export async function createTfjsEngine(
  pairs: TrainingPairs,
  settings: EngineSettings,
  options: { readonly backend: TfjsBackend },
): Promise<TrainingEngine> {
  requirePairs(pairs);
  const release = await acquireBackend(options.backend);
  try {
    return new TfjsEngine(pairs, settings, options.backend, release);
  } catch (error) {
    await release();
    throw error;
  }
}

class TfjsEngine implements TrainingEngine {
  readonly name = 'tfjs';
  readonly threads = 1;
  readonly backend: TfjsBackend;
  readonly #settings: EngineSettings;
  readonly #release: () => Promise<void>;
  readonly #samples: EpochSamples;
  #parameters: NeuMFParameters;
  #optimiser: NeuMFOptimiser;
  #scores: ItemScores | undefined;
  #disposed = false;

  constructor(
    pairs: TrainingPairs,
    settings: EngineSettings,
    backend: TfjsBackend,
    release: () => Promise<void>,
  ) {
    this.backend = backend;
    this.#settings = settings;
    this.#release = release;
    this.#samples = new EpochSamples(pairs, settings.training);
    const { factors, layers } = settings.model;
    const shape = { userCount: pairs.userCount, itemCount: pairs.itemCount, factors, layers };
    this.#parameters = initialParameters(shape, settings.training);
    this.#optimiser = new NeuMFOptimiser(this.#parameters, settings.training);
  }

  async trainEpoch(epoch: number, onProgress?: (progress: EpochProgress) => void): Promise<EpochProgress> {
    this.#requireAlive();
    this.#forgetScores();
    const totalSamples = this.#samples.total;
    const { batchSize } = this.#settings.training;
    let lossSum = 0;
    let lastPause = 0;
    for (let from = 0; from < totalSamples; from += batchSize) {
      const to = Math.min(totalSamples, from + batchSize);
      lossSum += (await this.#step(epoch, from, to)) * (to - from);
      if (to - lastPause >= SAMPLES_BETWEEN_PAUSES || to === totalSamples) {
        lastPause = to;
        onProgress?.({ samples: to, totalSamples, loss: lossSum / to });
        await pause();
      }
    }
    const broken = nonFiniteTensor(this.#parameters);
    if (broken !== undefined) throw diverged(epoch, `${broken} is not finite`, this.#settings);
    return { samples: totalSamples, totalSamples, loss: lossSum / totalSamples };
  }

  async scoreUsers(users: Uint32Array): Promise<Float32Array> {
    this.#requireAlive();
    const { userCount, itemCount } = this.#parameters.shape;
    const outside = users.find((user) => user >= userCount);
    if (outside !== undefined) {
      throw new SommelierError(
        'internal',
        `scoreUsers: user ${outside} of ${userCount} users does not exist`,
      );
    }
    if (users.length * itemCount > MAX_SCORES) {
      throw new SommelierError(
        'internal',
        `scoreUsers: ${users.length} users x ${itemCount} items are more than ${MAX_SCORES} scores; ask for fewer users at once`,
      );
    }
    this.#scores ??= new ItemScores(this.#parameters);
    return await this.#scores.score(users, pause);
  }

  async parameters(): Promise<NeuMFParameters> {
    this.#requireAlive();
    return copyOfParameters(this.#parameters);
  }

  async load(parameters: NeuMFParameters): Promise<void> {
    this.#requireAlive();
    requireSameShape(this.#parameters.shape, parameters);
    this.#forgetScores();
    this.#parameters = copyOfParameters(parameters);
    this.#optimiser = new NeuMFOptimiser(this.#parameters, this.#settings.training);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#forgetScores();
    await this.#release();
  }

  /** One optimiser step; returns the batch's mean loss before it. */
  async #step(epoch: number, from: number, to: number): Promise<number> {
    const batch = this.#samples.batch(epoch, from, to);
    const gradients = await batchGradients(this.#parameters, batch);
    if (!Number.isFinite(gradients.loss)) {
      throw diverged(epoch, `the loss is ${gradients.loss} at sample ${to}`, this.#settings);
    }
    this.#optimiser.apply(batch, gradients);
    return gradients.loss;
  }

  #forgetScores(): void {
    this.#scores?.dispose();
    this.#scores = undefined;
  }

  #requireAlive(): void {
    if (this.#disposed) throw new SommelierError('internal', 'The training engine is used after dispose()');
  }
}

function diverged(epoch: number, what: string, { training }: EngineSettings): SommelierError {
  return new SommelierError(
    'training-diverged',
    `Training diverged in epoch ${epoch + 1}: ${what}. Lower training.learningRate (now ${training.learningRate}).`,
  );
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
