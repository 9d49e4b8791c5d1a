import { availableParallelism } from 'node:os';
import { SommelierError } from '@sommelier/contracts';
import { diverged } from '../diverged.ts';
import { initialParameters } from '../initial-parameters.ts';
import { learningRateOf } from '../learning-rate.ts';
import type { NeuMFParameters, NeuMFShape } from '../neumf-parameters.ts';
import { copyOfParameters, nonFiniteTensor, requireSameShape } from '../parameter-checks.ts';
import { requireScorable } from '../score-limits.ts';
import type {
  EngineSettings,
  EngineState,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from '../training-engine.ts';
import { requirePairs } from '../training-pairs-check.ts';
import { acquireBackend, type TfjsBackend } from './backend.ts';
import { DeviceNetwork } from './device-network.ts';
import { HostNetwork } from './host-network.ts';
import { ItemScores } from './item-scores.ts';
import type { Network } from './network.ts';
import { batchRange, LocalSamples, type SampleSource } from './sample-source.ts';
import { SamplerPool } from './sampler-pool.ts';

/** Samples after which the thread's event loop gets a turn, so that progress messages leave it. */
const SAMPLES_BETWEEN_PAUSES = 4_096;

/** Where tables and optimiser state lie: see `HostNetwork` and `DeviceNetwork`. */
export type TablePlace = 'host' | 'device';

export interface TfjsEngineOptions {
  readonly backend: TfjsBackend;
  /** `device` unless told for `tensorflow` and `webgpu`, `host` for `wasm` and `cpu`; each works on every backend. */
  readonly tables?: TablePlace;
  /**
   * Worker threads that draw batches ahead; 0 = this thread draws each when its turn comes. Unless told 0 on `wasm` and
   * `cpu`, and on the GPU backends one fewer than the machine has processors, from 1 to 4. No result depends on it.
   */
  readonly samplerThreads?: number;
}

const MOST_SAMPLER_THREADS = 4;

/**
 * NeuMF on TensorFlow.js. On the GPU backends parameters and optimiser state stay on the device, nothing is read back
 * inside an epoch but the loss, and batches are drawn ahead while the device computes; on the others they stay
 * on the host. Both take the same batches and make the same updates. Parameters are float32. Deterministic by seed on
 * `wasm` and `cpu`; on the GPU backends sums of row gradients are added in no fixed order.
 *
 * TensorFlow.js has one active backend a process: engines with different backends cannot be alive at the same time.
 * @throws SommelierError `engine-unavailable` when the backend cannot be used here or its device cannot hold the
 * tables, `invalid-config` for a shape that no network has, `too-few-interactions` without a pair, `internal` for pairs
 * that are not compressed rows.
 */
export async function createTfjsEngine(
  pairs: TrainingPairs,
  settings: EngineSettings,
  options: TfjsEngineOptions,
): Promise<TrainingEngine> {
  requirePairs(pairs);
  const release = await acquireBackend(options.backend);
  try {
    return new TfjsEngine(pairs, settings, options, release);
  } catch (error) {
    await release();
    throw error;
  }
}

function isGpuBackend(backend: TfjsBackend): boolean {
  return backend === 'tensorflow' || backend === 'webgpu';
}

function defaultSamplerThreads(backend: TfjsBackend): number {
  if (!isGpuBackend(backend)) return 0;
  return Math.max(1, Math.min(MOST_SAMPLER_THREADS, availableParallelism() - 1));
}

class TfjsEngine implements TrainingEngine {
  readonly name = 'tfjs';
  readonly threads = 1;
  readonly backend: TfjsBackend;
  readonly #settings: EngineSettings;
  readonly #release: () => Promise<void>;
  readonly #samples: SampleSource;
  readonly #shape: NeuMFShape;
  readonly #tables: TablePlace;
  #network: Network;
  /** The network's parameters on the host; unknown while they change. */
  #parameters: NeuMFParameters | undefined;
  #scores: ItemScores | undefined;
  #disposed = false;

  constructor(
    pairs: TrainingPairs,
    settings: EngineSettings,
    options: TfjsEngineOptions,
    release: () => Promise<void>,
  ) {
    const { backend, samplerThreads = defaultSamplerThreads(backend) } = options;
    this.backend = backend;
    this.#tables = options.tables ?? (isGpuBackend(backend) ? 'device' : 'host');
    this.#settings = settings;
    this.#release = release;
    const { factors, layers } = settings.model;
    const shape = { userCount: pairs.userCount, itemCount: pairs.itemCount, factors, layers };
    this.#shape = shape;
    this.#network = this.#makeNetwork(initialParameters(shape, settings.training));
    this.#samples =
      samplerThreads === 0
        ? new LocalSamples(pairs, settings.training)
        : new SamplerPool(pairs, settings.training, samplerThreads);
  }

  async trainEpoch(epoch: number, onProgress?: (progress: EpochProgress) => void): Promise<EpochProgress> {
    this.#requireAlive();
    this.#forgetScores();
    this.#parameters = undefined;
    const result = await this.#runEpoch(epoch, onProgress);
    const broken = nonFiniteTensor(await this.#current());
    if (broken !== undefined) throw diverged(epoch, `${broken} is not finite`, this.#settings);
    return result;
  }

  async scoreUsers(users: Uint32Array): Promise<Float32Array> {
    this.#requireAlive();
    requireScorable(users, this.#shape);
    this.#scores ??= new ItemScores(await this.#current());
    return await this.#scores.score(users, pause);
  }

  async parameters(): Promise<NeuMFParameters> {
    this.#requireAlive();
    return copyOfParameters(await this.#current());
  }

  async load(parameters: NeuMFParameters): Promise<void> {
    this.#requireAlive();
    requireSameShape(this.#shape, parameters);
    this.#forgetScores();
    this.#parameters = undefined;
    this.#network.dispose();
    this.#network = this.#makeNetwork(parameters);
  }

  async state(): Promise<EngineState> {
    this.#requireAlive();
    return await this.#network.state();
  }

  async restore(state: EngineState): Promise<boolean> {
    this.#requireAlive();
    if (!this.#network.restore(state)) return false;
    this.#forgetScores();
    this.#parameters = undefined;
    return true;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#forgetScores();
    this.#network.dispose();
    await this.#samples.dispose();
    await this.#release();
  }

  /**
   * The steps of an epoch. A report of the loss is awaited only when the next one is due, so that the device goes on
   * meanwhile; with a report pending, the host is at most one report ahead of it.
   */
  async #runEpoch(epoch: number, onProgress?: (progress: EpochProgress) => void): Promise<EpochProgress> {
    const totalSamples = this.#samples.total;
    const { batchSize } = this.#settings.training;
    const network = this.#network;
    let last: EpochProgress = { samples: 0, totalSamples, loss: 0 };
    let lossSum = 0;
    const report = async (samples: number) => {
      lossSum += await network.takeLoss();
      if (!Number.isFinite(lossSum)) {
        throw diverged(epoch, `the loss is ${lossSum / samples} at sample ${samples}`, this.#settings);
      }
      last = { samples, totalSamples, loss: lossSum / samples };
      onProgress?.(last);
    };
    let pending = Promise.resolve();
    let reported = 0;
    let paused = 0;
    network.startEpoch(learningRateOf(this.#settings.training, epoch));
    for (let index = 0, to = 0; to < totalSamples; index++) {
      to = batchRange(index, batchSize, totalSamples).to;
      await network.step(await this.#samples.batch(epoch, index));
      if (to - reported >= network.samplesBetweenReports || to === totalSamples) {
        reported = to;
        await pending;
        pending = report(to);
        // Whoever awaits it later hears of a failure; until then it is no unhandled one.
        pending.catch(() => {});
      }
      if (to - paused >= SAMPLES_BETWEEN_PAUSES) {
        paused = to;
        await pause();
      }
    }
    await pending;
    return last;
  }

  #makeNetwork(parameters: NeuMFParameters): Network {
    const { training } = this.#settings;
    return this.#tables === 'device'
      ? new DeviceNetwork(parameters, training)
      : new HostNetwork(parameters, training);
  }

  async #current(): Promise<NeuMFParameters> {
    this.#parameters ??= await this.#network.parameters();
    return this.#parameters;
  }

  #forgetScores(): void {
    this.#scores?.dispose();
    this.#scores = undefined;
  }

  #requireAlive(): void {
    if (this.#disposed) throw new SommelierError('internal', 'The training engine is used after dispose()');
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
