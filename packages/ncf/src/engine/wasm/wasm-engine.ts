import { SommelierError } from '@sommelier/contracts';
import {
  type KernelBuild,
  MAX_MEMORY_BYTES,
  planMemory,
  TrainingKernel,
  type TrainingSizes,
} from '@sommelier/kernel/train';
import { diverged } from '../diverged.ts';
import { initialSource } from '../initial-parameters.ts';
import { learningRateOf } from '../learning-rate.ts';
import type { NeuMFParameters, NeuMFShape } from '../neumf-parameters.ts';
import { nonFiniteTensor, requireSameShape } from '../parameter-checks.ts';
import { requireScorable } from '../score-limits.ts';
import type {
  EngineSettings,
  EngineState,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from '../training-engine.ts';
import { requirePairs } from '../training-pairs-check.ts';
import { withKernelMemory } from './kernel-memory.ts';
import { kernelParts, orderStream } from './kernel-parts.ts';

/** Samples after which the thread's event loop gets a turn, so that progress messages leave it. */
const SAMPLES_BETWEEN_PAUSES = 65_536;

export interface WasmEngineOptions {
  /** Threads that train together, this one included. */
  readonly threads: number;
  /** `simd` gives the same bytes on every machine; `relaxed-simd` is faster where the processor fuses. */
  readonly build?: KernelBuild;
}

/**
 * NeuMF on the fused WebAssembly kernel: gather, both directions and lazy Adam in one call, negatives drawn inside.
 * Samples, parameters and optimiser are those of every other engine. Float32 throughout; the sum of the losses is
 * float64. Deterministic: the same pairs, settings, threads and build give the same bytes, whatever the scheduling
 * (and on every machine with the `simd` build).
 *
 * Departures from dense Adam: a table row that a batch does not touch keeps its weights and moments, and is not
 * decayed; the bias correction counts the global step, also for rows that were touched less often.
 * @throws SommelierError `invalid-config` when the tables do not fit into 4 GiB or the machine's memory,
 * `too-few-interactions` without a pair, `internal` for pairs that are not compressed rows.
 */
export async function createWasmEngine(
  pairs: TrainingPairs,
  settings: EngineSettings,
  { threads, build = 'simd' }: WasmEngineOptions,
): Promise<TrainingEngine> {
  requirePairs(pairs);
  const { sizes, data, options } = kernelParts(pairs, settings, threads);
  requireMemory(sizes);
  const kernel = await withKernelMemory('training', () =>
    TrainingKernel.create(sizes, data(), { ...options, build }),
  );
  return new WasmEngine(kernel, settings, build);
}

function requireMemory(sizes: TrainingSizes): void {
  const { sizeBytes } = planMemory(sizes);
  const samples = sizes.pairCount * (1 + sizes.negativesPerPositive);
  if (sizeBytes > MAX_MEMORY_BYTES) {
    const gib = (sizeBytes / 2 ** 30).toFixed(1);
    throw new SommelierError(
      'invalid-config',
      `Training ${sizes.userCount} users x ${sizes.itemCount} items would take ${gib} GiB, and the wasm engine has 4. ` +
        'Lower model.factors, model.layers or training.batchSize, or use another engine.',
    );
  }
  if (samples >= 2 ** 32) {
    throw new SommelierError(
      'invalid-config',
      `An epoch would have ${samples} samples, and the wasm engine counts to ${2 ** 32}. Lower training.negativesPerPositive.`,
    );
  }
}

class WasmEngine implements TrainingEngine {
  readonly name = 'wasm';
  readonly backend: KernelBuild;
  readonly threads: number;
  readonly #kernel: TrainingKernel;
  readonly #settings: EngineSettings;
  readonly #shape: NeuMFShape;
  #disposed = false;

  constructor(kernel: TrainingKernel, settings: EngineSettings, build: KernelBuild) {
    this.backend = build;
    this.#kernel = kernel;
    this.#settings = settings;
    const { userCount, itemCount, factors, layers, threads } = kernel.sizes;
    this.threads = threads;
    this.#shape = { userCount, itemCount, factors, layers };
    kernel.writeParametersFrom(initialSource(this.#shape, settings.training));
  }

  async trainEpoch(epoch: number, onProgress?: (progress: EpochProgress) => void): Promise<EpochProgress> {
    this.#requireAlive();
    const { batchSize, seed } = this.#settings.training;
    const { batchCount, sampleCount: totalSamples } = this.#kernel;
    const atOnce = Math.max(1, Math.floor(SAMPLES_BETWEEN_PAUSES / batchSize));
    this.#kernel.startEpoch(epoch, orderStream(seed, epoch), learningRateOf(this.#settings.training, epoch));
    let lossSum = 0;
    for (let first = 0; first < batchCount; first += atOnce) {
      const end = Math.min(batchCount, first + atOnce);
      lossSum += this.#kernel.trainBatches(first, end);
      const samples = Math.min(totalSamples, end * batchSize);
      if (!Number.isFinite(lossSum)) {
        throw diverged(epoch, `the loss is ${lossSum / samples} at sample ${samples}`, this.#settings);
      }
      onProgress?.({ samples, totalSamples, loss: lossSum / samples });
      await new Promise((resolve) => setImmediate(resolve));
      this.#requireAlive();
    }
    if (!this.#kernel.parametersAreFinite()) {
      throw diverged(epoch, `${nonFiniteTensor(await this.parameters())} is not finite`, this.#settings);
    }
    return { samples: totalSamples, totalSamples, loss: lossSum / totalSamples };
  }

  async scoreUsers(users: Uint32Array): Promise<Float32Array> {
    this.#requireAlive();
    requireScorable(users, this.#shape);
    const scores = new Float32Array(users.length * this.#shape.itemCount);
    this.#kernel.scoreUsers(users, scores);
    return scores;
  }

  async parameters(): Promise<NeuMFParameters> {
    this.#requireAlive();
    return { shape: this.#shape, ...this.#kernel.readParameters() };
  }

  async load(parameters: NeuMFParameters): Promise<void> {
    this.#requireAlive();
    requireSameShape(this.#shape, parameters);
    this.#kernel.writeParameters(parameters);
  }

  async state(): Promise<EngineState> {
    this.#requireAlive();
    return new Map(Object.entries(this.#kernel.readState()));
  }

  async restore(state: EngineState): Promise<boolean> {
    this.#requireAlive();
    const [users, items, dense] = ['users', 'items', 'dense'].map((name) => state.get(name));
    const betaPowers = state.get('betaPowers');
    const isKernels = [users, items, dense].every((part) => part instanceof Float32Array);
    if (!isKernels || !(betaPowers instanceof Float64Array)) return false;
    const tables = { users, items, dense } as Record<'users' | 'items' | 'dense', Float32Array>;
    return this.#kernel.writeState({ ...tables, betaPowers });
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#kernel.dispose();
  }

  #requireAlive(): void {
    if (this.#disposed) throw new SommelierError('internal', 'The training engine is used after dispose()');
  }
}
