import type { NeuMFParameters } from '../../engine/neumf-parameters.ts';
import type {
  EngineSettings,
  EngineState,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from '../../engine/training-engine.ts';

/** What happened to the engines of a test, in order. */
export interface EngineDiary {
  readonly entries: string[];
  readonly pairs: TrainingPairs[];
}

/**
 * The smallest engine that learns something: one factor, every user's is 1, and after `peak` epochs item i's is its
 * popularity. Before the peak, and as if it overfitted after it, the items are in an order that has no meaning.
 */
export class PopularityLearningEngine implements TrainingEngine {
  readonly name = 'popularity-learning';
  readonly backend = 'test';
  readonly threads = 1;
  readonly #pairs: TrainingPairs;
  readonly #diary: EngineDiary;
  readonly #peak: number;
  #items: Float32Array;
  #epochs = 0;

  constructor(pairs: TrainingPairs, diary: EngineDiary, peak: number) {
    this.#pairs = pairs;
    this.#diary = diary;
    this.#peak = peak;
    this.#items = new Float32Array(pairs.itemCount);
    diary.pairs.push(pairs);
    diary.entries.push('create');
  }

  async trainEpoch(epoch: number, onProgress?: (progress: EpochProgress) => void): Promise<EpochProgress> {
    if (epoch !== this.#epochs) throw new Error(`epoch ${epoch} after ${this.#epochs} epochs`);
    this.#epochs++;
    this.#diary.entries.push('train');
    const popularity = new Float32Array(this.#pairs.itemCount);
    for (const item of this.#pairs.items) popularity[item]!++;
    const learnt = this.#peak - Math.abs(this.#peak - this.#epochs);
    this.#items = popularity.map((count, item) =>
      learnt === this.#peak ? count : (item * 7) % (learnt + 2),
    );
    const totalSamples = this.#pairs.items.length;
    onProgress?.({ samples: 1, totalSamples, loss: 1 });
    return { samples: totalSamples, totalSamples, loss: 1 / this.#epochs };
  }

  async scoreUsers(users: Uint32Array): Promise<Float32Array> {
    const scores = new Float32Array(users.length * this.#items.length);
    for (let row = 0; row < users.length; row++) scores.set(this.#items, row * this.#items.length);
    return scores;
  }

  async parameters(): Promise<NeuMFParameters> {
    return {
      shape: { userCount: this.#pairs.userCount, itemCount: this.#pairs.itemCount, factors: 1, layers: [] },
      userGmf: new Float32Array(this.#pairs.userCount).fill(1),
      itemGmf: this.#items.slice(),
      userMlp: new Float32Array(0),
      itemMlp: new Float32Array(0),
      mlp: [],
      outputWeight: Float32Array.of(1),
      outputBias: new Float32Array(1),
    };
  }

  async load({ itemGmf }: NeuMFParameters): Promise<void> {
    this.#diary.entries.push('load');
    this.#items = itemGmf.slice();
  }

  async state(): Promise<EngineState> {
    return new Map<string, Float32Array | Float64Array>([
      ['items', this.#items],
      ['epochs', Float64Array.of(this.#epochs)],
    ]);
  }

  async restore(state: EngineState): Promise<boolean> {
    this.#diary.entries.push('restore');
    this.#items = state.get('items') as Float32Array;
    this.#epochs = state.get('epochs')![0]!;
    return true;
  }

  async dispose(): Promise<void> {
    this.#diary.entries.push('dispose');
  }
}

export function engineFactory(diary: EngineDiary, peak: number) {
  return async (pairs: TrainingPairs, _: EngineSettings): Promise<TrainingEngine> =>
    new PopularityLearningEngine(pairs, diary, peak);
}
