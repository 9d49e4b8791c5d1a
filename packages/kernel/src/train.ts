import { type MemoryPlan, planMemory, type TrainingSizes } from './memory-plan.ts';
import {
  type MemoryState,
  type NetworkParameters,
  ParameterMemory,
  type ParameterSource,
} from './parameter-memory.ts';
import * as P from './plan.ts';
import { allocateShared } from './shared-memory.ts';
import { ThreadTeam } from './thread-team.ts';
import { compileKernel, type KernelBuild } from './wasm-build.ts';

export { type MemoryPlan, planMemory, type TrainingSizes } from './memory-plan.ts';
export type { NetworkParameters, ParameterSource } from './parameter-memory.ts';
export { MAX_MEMORY_BYTES } from './shared-memory.ts';
export { type KernelBuild, supportsRelaxedSimd } from './wasm-build.ts';

/** What a kernel learns from; its arrays are copied. */
export interface TrainingData {
  readonly userCount: number;
  readonly itemCount: number;
  /** `[pairs]` each. */
  readonly pairUsers: Uint32Array;
  readonly pairItems: Uint32Array;
  readonly pairStrengths: Float32Array;
  /** Each user's items, ascending and distinct: compressed rows, `[users + 1]` and `[distinct pairs]`. */
  readonly sortedOffsets: Uint32Array;
  readonly sortedItems: Uint32Array;
}

export interface TrainingOptions {
  readonly l2: number;
  readonly strengthWeighted: boolean;
  readonly seed: number;
  /** Second keys of the counter-based random numbers. */
  readonly streams: { readonly negatives: number };
  readonly build: KernelBuild;
  /** Bytes behind each array that are filled with NaN, for `untouchedGuards`: a test's. */
  readonly guardBytes?: number;
}

/** What decides the epochs to come, besides what the kernel was made with: parameters, moments, and the steps made. */
export interface TrainingState extends MemoryState {
  /** Adam's beta1^t and beta2^t after t steps. */
  readonly betaPowers: Float64Array;
}

/** Four of them are a NaN of float32, and no index of anything. */
const NAN_BYTE = 0xff;

/** What all threads call together. */
const TEAM_FUNCTIONS = ['trainBatches', 'scoreUsers', 'prepareThread'] as const;

/** What the host's thread calls alone. */
interface HostFunctions {
  shufflePairs(plan: number): void;
  gradientsOfBatch(plan: number, thread: number, from: number, to: number, size: number): void;
}

/**
 * The fused NeuMF kernel over one shared memory: one call gathers, computes both directions, and applies lazy Adam.
 * The caller's thread is the kernel's first; the others are worker threads that sleep between calls. Not re-entrant.
 */
export class TrainingKernel {
  readonly sizes: TrainingSizes;
  readonly #team: ThreadTeam<(typeof TEAM_FUNCTIONS)[number]>;
  readonly #plan: MemoryPlan;
  readonly #buffer: ArrayBufferLike;
  readonly #view: DataView;
  readonly #parameters: ParameterMemory;

  private constructor(
    sizes: TrainingSizes,
    plan: MemoryPlan,
    buffer: ArrayBufferLike,
    team: ThreadTeam<(typeof TEAM_FUNCTIONS)[number]>,
  ) {
    this.sizes = sizes;
    this.#plan = plan;
    this.#team = team;
    this.#buffer = buffer;
    this.#view = new DataView(buffer);
    this.#parameters = new ParameterMemory(buffer, sizes, plan);
  }

  /**
   * Allocates the memory and starts the threads. Parameters are zero until `writeParameters`.
   * @throws RangeError when the memory is larger than 32-bit addresses reach, or the machine refuses it.
   */
  static async create(
    sizes: TrainingSizes,
    data: TrainingData,
    options: TrainingOptions,
  ): Promise<TrainingKernel> {
    const plan = planMemory(sizes, options.guardBytes);
    const memory = allocateShared(plan.sizeBytes);
    const team = await ThreadTeam.start({
      module: compileKernel('train', options.build),
      memory,
      plan: plan.plan,
      control: plan.control,
      threads: sizes.threads,
      functions: TEAM_FUNCTIONS,
    });
    const kernel = new TrainingKernel(sizes, plan, memory.buffer, team);
    for (const guard of kernel.#guards()) guard.fill(NAN_BYTE);
    kernel.#writePlan(options);
    kernel.#copyData(data);
    return kernel;
  }

  /** Batches in an epoch; the last one may be smaller. */
  get batchCount(): number {
    return Math.ceil(this.sampleCount / this.sizes.batchSize);
  }

  /** Samples in an epoch, positives and negatives. */
  get sampleCount(): number {
    return this.sizes.pairCount * (1 + this.sizes.negativesPerPositive);
  }

  /** Begins an epoch: draws the order of its pairs from the stream, and sets Adam's step size. */
  startEpoch(epoch: number, orderStream: number, learningRate: number): void {
    const { plan } = this.#plan;
    this.#view.setUint32(plan + P.EPOCH, epoch, true);
    this.#view.setUint32(plan + P.ORDER_STREAM, orderStream, true);
    this.#view.setFloat64(plan + P.LEARNING_RATE, learningRate, true);
    this.#host.shufflePairs(plan);
  }

  /** Trains on batches `first` to `end` of the epoch. @returns the sum of their samples' losses, before each step. */
  trainBatches(first: number, end: number): number {
    for (const { block } of this.#plan.threadBlocks) this.#view.setFloat64(block + P.T_LOSS, 0, true);
    this.#team.call('trainBatches', first, end);
    return this.#plan.threadBlocks.reduce(
      (sum, { block }) => sum + this.#view.getFloat64(block + P.T_LOSS, true),
      0,
    );
  }

  /** float32 logits of all items into `out`, `[users.length, items]`. */
  scoreUsers(users: Uint32Array, out: Float32Array): void {
    const { plan, scores, scoreUsers, scoreCapacity } = this.#plan;
    const { itemCount } = this.sizes;
    for (let from = 0; from < users.length; from += scoreCapacity) {
      const some = users.subarray(from, from + scoreCapacity);
      new Uint32Array(this.#buffer, scoreUsers, some.length).set(some);
      this.#view.setUint32(plan + P.SCORE_COUNT, some.length, true);
      this.#team.call('scoreUsers');
      const written = new Float32Array(this.#buffer, scores, some.length * itemCount);
      out.set(written, from * itemCount);
    }
  }

  /** Replaces the parameters; the optimiser's state begins anew. */
  writeParameters(parameters: NetworkParameters): void {
    this.writeParametersFrom(this.#parameters.sourceOf(parameters));
  }

  /** The same, from what gives the tables some rows at a time. */
  writeParametersFrom(source: ParameterSource): void {
    this.#parameters.write(source);
    this.#writeBetaPowers(1, 1);
    this.#team.call('prepareThread');
  }

  /** Where the training stands. Its tables are views of the kernel's memory, which the next step changes. */
  readState(): TrainingState {
    const { block } = this.#plan.threadBlocks[0]!;
    // The same in every thread.
    const betaPowers = Float64Array.of(
      this.#view.getFloat64(block + P.T_BETA1_POWER, true),
      this.#view.getFloat64(block + P.T_BETA2_POWER, true),
    );
    return { ...this.#parameters.readState(), betaPowers };
  }

  /**
   * Goes on from where a kernel of the same sizes and options stood: the steps to come are the same to the bit.
   * @returns false when the state is of other sizes; nothing has changed then.
   */
  writeState(state: TrainingState): boolean {
    const [beta1Power, beta2Power] = state.betaPowers;
    if (beta1Power === undefined || beta2Power === undefined || !this.#parameters.writeState(state))
      return false;
    this.#writeBetaPowers(beta1Power, beta2Power);
    this.#team.call('prepareThread');
    return true;
  }

  /** A copy of the parameters as they are now. */
  readParameters(): NetworkParameters {
    return this.#parameters.read();
  }

  /** Whether every parameter is finite; the tables are not copied. */
  parametersAreFinite(): boolean {
    return this.#parameters.areFinite();
  }

  /**
   * Gradient of the mean loss of the samples `from` to `to` of the epoch, which are taken as one batch: whole tensors,
   * 0 in the rows that are not touched. For tests; it needs a kernel of one thread.
   */
  gradientsOf(from: number, to: number): NetworkParameters {
    this.#host.gradientsOfBatch(this.#plan.plan, 0, from, to, to - from);
    return this.#parameters.readGradients();
  }

  /** Whether nothing was written behind the end of an array. A read there would have made a result NaN. */
  untouchedGuards(): boolean {
    return this.#guards().every((guard) => guard.every((byte) => byte === NAN_BYTE));
  }

  #guards(): Uint8Array[] {
    return this.#plan.guards.map(([begin, end]) => new Uint8Array(this.#buffer, begin, end - begin));
  }

  /** Stops the threads. The kernel cannot be used afterwards. */
  async dispose(): Promise<void> {
    await this.#team.stop();
  }

  get #host(): HostFunctions {
    return this.#team.exports as unknown as HostFunctions;
  }

  #writeBetaPowers(beta1Power: number, beta2Power: number): void {
    for (const { block } of this.#plan.threadBlocks) {
      this.#view.setFloat64(block + P.T_BETA1_POWER, beta1Power, true);
      this.#view.setFloat64(block + P.T_BETA2_POWER, beta2Power, true);
    }
  }

  #writePlan(options: TrainingOptions): void {
    const { plan, network, threadBlocks } = this.#plan;
    const { sizes } = this;
    const word = (field: number, value: number, base = plan) =>
      this.#view.setUint32(base + field, value, true);
    word(P.USER_COUNT, sizes.userCount);
    word(P.ITEM_COUNT, sizes.itemCount);
    word(P.PAIR_COUNT, sizes.pairCount);
    word(P.THREADS, sizes.threads);
    word(P.BATCH_SIZE, sizes.batchSize);
    word(P.NEGATIVES, sizes.negativesPerPositive);
    word(P.SEED, options.seed);
    word(P.NEGATIVES_STREAM, options.streams.negatives);
    word(P.STRENGTH_WEIGHTED, options.strengthWeighted ? 1 : 0);
    this.#view.setFloat32(plan + P.L2, options.l2, true);
    word(P.GMF_WIDTH, network.gmfWidth);
    word(P.MLP_WIDTH, network.mlpWidth);
    word(P.ROW_WIDTH, network.rowWidth);
    word(P.MAP_COUNT, network.mapWidths.length);
    word(P.LINEAR_TOWER, network.linear ? 1 : 0);
    word(P.DENSE_WEIGHTS, network.dense.weightCount);
    word(P.DENSE_COUNT, network.dense.count);
    word(P.DENSE_FIRST_USER, network.dense.firstUser);
    word(P.DENSE_FIRST_ITEM, network.dense.firstItem);
    word(P.DENSE_OUTPUT_GMF, network.dense.outputGmf);
    word(P.DENSE_OUTPUT_MLP, network.dense.outputMlp);
    word(P.DENSE_OUTPUT_BIAS, network.dense.outputBias);
    for (const [map, width] of network.mapWidths.entries()) {
      word(P.MAP_WIDTHS + 4 * map, width);
      word(P.DENSE_MAP_WEIGHTS + 4 * map, network.dense.mapWeights[map]!);
      word(P.DENSE_MAP_BIASES + 4 * map, network.dense.mapBiases[map]!);
    }
    this.#writeAddresses(word);
    for (const { block, addresses } of threadBlocks) {
      for (const [field, address] of addresses) word(field, address, block);
      word(P.T_SIDES + P.S_ADDRESS_TABLE, this.#plan.userTable, block);
      word(P.T_SIDES + P.SIDE_BYTES + P.S_ADDRESS_TABLE, this.#plan.itemTable, block);
    }
  }

  #writeAddresses(word: (field: number, value: number) => void): void {
    const at = this.#plan;
    word(P.ADDRESS_USER_TABLE, at.userTable);
    word(P.ADDRESS_ITEM_TABLE, at.itemTable);
    word(P.ADDRESS_PAIR_USERS, at.pairUsers);
    word(P.ADDRESS_PAIR_ITEMS, at.pairItems);
    word(P.ADDRESS_PAIR_STRENGTHS, at.pairStrengths);
    word(P.ADDRESS_ORDER, at.order);
    word(P.ADDRESS_UNSEEN_OFFSETS, at.unseenOffsets);
    word(P.ADDRESS_UNSEEN_BEFORE, at.unseenBefore);
    word(P.ADDRESS_THREADS, at.threads);
    word(P.THREAD_STRIDE, at.threadStride);
    word(P.ADDRESS_SCORE_USERS, at.scoreUsers);
    word(P.ADDRESS_SCORES, at.scores);
    word(P.ADDRESS_ITEM_HALVES, at.itemHalves);
  }

  #copyData(data: TrainingData): void {
    const buffer = this.#buffer;
    const whole = (at: number, values: Uint32Array) => new Uint32Array(buffer, at, values.length).set(values);
    whole(this.#plan.pairUsers, data.pairUsers);
    whole(this.#plan.pairItems, data.pairItems);
    new Float32Array(buffer, this.#plan.pairStrengths, data.pairStrengths.length).set(data.pairStrengths);
    whole(this.#plan.unseenOffsets, data.sortedOffsets);
    const before = new Uint32Array(buffer, this.#plan.unseenBefore, data.sortedItems.length);
    for (let user = 0; user < data.userCount; user++) {
      const first = data.sortedOffsets[user]!;
      const end = data.sortedOffsets[user + 1]!;
      for (let place = first; place < end; place++)
        before[place] = data.sortedItems[place]! - (place - first);
    }
  }
}
