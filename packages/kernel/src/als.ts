import * as A from './als-plan.ts';
import { padded } from './memory-plan.ts';
import { allocateShared, MemoryArena } from './shared-memory.ts';
import { CONTROL_WORDS, ThreadTeam } from './thread-team.ts';
import { compileKernel, type KernelBuild } from './wasm-build.ts';

/** Pairs of users and items with a weight each: compressed rows by user. */
export interface AlsData {
  readonly userCount: number;
  readonly itemCount: number;
  /** `[users + 1]` */
  readonly offsets: Uint32Array;
  /** `[pairs]` each. */
  readonly items: Uint32Array;
  readonly weights: Float32Array;
}

export interface AlsOptions {
  readonly factors: number;
  /** Weight of a pair that was not observed. */
  readonly unobservedWeight: number;
  readonly regularisation: number;
  /** Steps of conjugate gradients a row and half-iteration. */
  readonly cgSteps: number;
  readonly threads: number;
  readonly build: KernelBuild;
}

/** Factors of both sides, `[users, factors]` and `[items, factors]`. */
export interface AlsFactors {
  readonly users: Float32Array;
  readonly items: Float32Array;
}

interface Side {
  readonly rows: number;
  readonly offsets: number;
  readonly partners: number;
  readonly weights: number;
  readonly factors: number;
}

const FUNCTIONS = ['solveSide'] as const;

/**
 * Implicit alternating least squares over one shared memory; see assembly/als.ts for the objective. The result does
 * not depend on the number of threads.
 */
export class AlsKernel {
  readonly #options: AlsOptions;
  readonly #team: ThreadTeam<(typeof FUNCTIONS)[number]>;
  readonly #view: DataView;
  readonly #plan: number;
  readonly #users: Side;
  readonly #items: Side;

  private constructor(
    options: AlsOptions,
    team: ThreadTeam<(typeof FUNCTIONS)[number]>,
    places: { buffer: ArrayBufferLike; plan: number; users: Side; items: Side },
  ) {
    this.#options = options;
    this.#team = team;
    this.#view = new DataView(places.buffer);
    this.#plan = places.plan;
    this.#users = places.users;
    this.#items = places.items;
  }

  /**
   * `startItems`, `[items, factors]`: where the items' factors begin; the users' begin at 0.
   * @throws RangeError when the memory is larger than 32-bit addresses reach, or the machine refuses it.
   */
  static async create(data: AlsData, options: AlsOptions, startItems: Float32Array): Promise<AlsKernel> {
    const width = padded(options.factors);
    const arena = new MemoryArena();
    const plan = arena.take(A.ALS_PLAN_BYTES);
    const control = arena.take(4 * CONTROL_WORDS);
    const gram = arena.take(4 * A.GRAM_PARTS * width * width);
    const stride = A.ALS_THREAD_HEADER + 4 * A.ALS_BLOCK_ROWS * (1 + A.ALS_MATRICES * width);
    const threads = arena.take(options.threads * stride);
    const side = (rows: number): Side => ({
      rows,
      offsets: arena.take(4 * (rows + 1)),
      partners: arena.take(4 * data.items.length),
      weights: arena.take(4 * data.items.length),
      factors: arena.take(4 * rows * width),
    });
    const users = side(data.userCount);
    const items = side(data.itemCount);
    const memory = allocateShared(arena.sizeBytes);
    const team = await ThreadTeam.start({
      module: compileKernel('als', options.build),
      memory,
      plan,
      control,
      threads: options.threads,
      functions: FUNCTIONS,
    });
    const kernel = new AlsKernel(options, team, { buffer: memory.buffer, plan, users, items });
    kernel.#word(A.THREADS, options.threads);
    kernel.#word(A.WIDTH, width);
    kernel.#word(A.CG_STEPS, options.cgSteps);
    kernel.#view.setFloat32(plan + A.UNOBSERVED_WEIGHT, options.unobservedWeight, true);
    kernel.#view.setFloat32(plan + A.REGULARISATION, options.regularisation, true);
    kernel.#word(A.ADDRESS_GRAM, gram);
    kernel.#word(A.ADDRESS_THREADS, threads);
    kernel.#word(A.THREAD_STRIDE, stride);
    kernel.#writePairs(data);
    kernel.#writeFactors(items, startItems);
    return kernel;
  }

  /** One iteration: all users given the items, then all items given the users. */
  iterate(): void {
    this.#solve(this.#users, this.#items);
    this.#solve(this.#items, this.#users);
  }

  /** A copy of the factors as they are now. */
  factors(): AlsFactors {
    return { users: this.#readFactors(this.#users), items: this.#readFactors(this.#items) };
  }

  async dispose(): Promise<void> {
    await this.#team.stop();
  }

  #solve(target: Side, source: Side): void {
    this.#word(A.TARGET_ROWS, target.rows);
    this.#word(A.ADDRESS_TARGET, target.factors);
    this.#word(A.ADDRESS_OFFSETS, target.offsets);
    this.#word(A.ADDRESS_PARTNERS, target.partners);
    this.#word(A.ADDRESS_WEIGHTS, target.weights);
    this.#word(A.SOURCE_ROWS, source.rows);
    this.#word(A.ADDRESS_SOURCE, source.factors);
    this.#word(A.NEXT_ROW, 0);
    this.#team.call('solveSide');
  }

  #word(field: number, value: number): void {
    this.#view.setUint32(this.#plan + field, value, true);
  }

  /** The pairs by user as they come, and by item, users ascending. */
  #writePairs({ userCount, itemCount, offsets, items, weights }: AlsData): void {
    const { buffer } = this.#view;
    new Uint32Array(buffer, this.#users.offsets, userCount + 1).set(offsets);
    new Uint32Array(buffer, this.#users.partners, items.length).set(items);
    new Float32Array(buffer, this.#users.weights, items.length).set(weights);
    const itemOffsets = new Uint32Array(buffer, this.#items.offsets, itemCount + 1);
    const partners = new Uint32Array(buffer, this.#items.partners, items.length);
    const itemWeights = new Float32Array(buffer, this.#items.weights, items.length);
    for (const item of items) itemOffsets[item + 1]!++;
    for (let item = 0; item < itemCount; item++) itemOffsets[item + 1]! += itemOffsets[item]!;
    const next = itemOffsets.slice(0, itemCount);
    for (let user = 0; user < userCount; user++) {
      for (let pair = offsets[user]!; pair < offsets[user + 1]!; pair++) {
        const place = next[items[pair]!]!++;
        partners[place] = user;
        itemWeights[place] = weights[pair]!;
      }
    }
  }

  #writeFactors(side: Side, factors: Float32Array): void {
    const width = padded(this.#options.factors);
    const target = new Float32Array(this.#view.buffer, side.factors, side.rows * width);
    copyColumns(factors, this.#options.factors, target, width, side.rows);
  }

  #readFactors(side: Side): Float32Array {
    const width = padded(this.#options.factors);
    const source = new Float32Array(this.#view.buffer, side.factors, side.rows * width);
    const factors = new Float32Array(side.rows * this.#options.factors);
    copyColumns(source, width, factors, this.#options.factors, side.rows);
    return factors;
  }
}

function copyColumns(
  from: Float32Array,
  fromWidth: number,
  to: Float32Array,
  toWidth: number,
  rows: number,
): void {
  const width = Math.min(fromWidth, toWidth);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++)
      to[row * toWidth + column] = from[row * fromWidth + column]!;
  }
}
