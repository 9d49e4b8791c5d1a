import { below, coarseRows, tilePairs, tileWeights } from './score-layouts.ts';
import {
  factorPairs,
  planScoring,
  type QueryPlan,
  type ScoringPlan,
  type ScoringSizes,
} from './score-memory.ts';
import * as P from './score-plan.ts';
import { compileKernel, type KernelBuild, supportsRelaxedSimd } from './wasm-build.ts';

export { planScoring, type ScoringPlan, type ScoringSizes } from './score-memory.ts';
export { type KernelBuild, supportsRelaxedSimd } from './wasm-build.ts';

/** Most bytes that 32-bit addresses reach. */
export const MAX_SCORING_BYTES = 65_536 * 65_536;
/** Candidates that every memory has room for beyond a block. */
export const MIN_CANDIDATES = 2 * P.BLOCK_ITEMS;

/** A memory that threads share: it can be posted to a worker. */
export interface ScoringMemory {
  readonly memory: WebAssembly.Memory;
  readonly sizes: ScoringSizes;
}

/** The layers behind the first, and the weights that meet the tower's output. */
export interface ScoringNetwork {
  /** `[out, in]` and `[out]` of each layer, with ReLU. */
  readonly maps: readonly { readonly weight: Float32Array; readonly bias: Float32Array }[];
  /** `[last layer's outputs]` */
  readonly output: Float32Array;
}

/** One user: logit of an item = bias + weighted . factors + output . tower(max(0, half + item's half)). */
export interface ScoringUser {
  readonly bias: number;
  /** `[factors]` and `[units]`; rounded to float32. */
  readonly weighted: ArrayLike<number>;
  readonly half: ArrayLike<number>;
}

/** The network in 16-bit integers: a layer's activation is the upper half of its 32-bit sum. */
export interface CoarseScoringNetwork {
  /** What an item's factors and its half of the first layer are multiplied by before they are rounded. */
  readonly factorScales: Float64Array;
  readonly unitScales: Float64Array;
  readonly maps: readonly { readonly weight: Int16Array; readonly bias: Int32Array }[];
  readonly output: Int16Array;
  /** What one unit of the tower's sum is worth in a logit. */
  readonly towerStep: number;
}

/** One user in 16-bit integers, for a coarse network. */
export interface CoarseScoringUser {
  readonly weighted: Int16Array;
  readonly half: Int16Array;
  /** What one unit of the factors' sum is worth in a logit. */
  readonly factorStep: number;
}

interface KernelExports {
  scan(model: number, slot: number, queryCount: number, coarse: number): void;
  collect(model: number, slot: number, query: number, from: number): number;
}

const NOT_PACKED = 0;
const PACKING = 1;
const PACKED = 2;
const NO_ITEM = 0xffff_ffff;

/**
 * Allocates the memory of one model's items, its network and its threads' slots.
 * @throws RangeError when it is larger than 32-bit addresses reach, or the machine refuses it.
 */
export function createScoringMemory(sizes: ScoringSizes): ScoringMemory {
  if (sizes.candidates < MIN_CANDIDATES)
    throw new RangeError(`candidates must be at least ${MIN_CANDIDATES}`);
  if (sizes.maps.length > P.MAX_MAPS) throw new RangeError(`the kernel has room for ${P.MAX_MAPS} layers`);
  const { sizeBytes } = planScoring(sizes);
  if (sizeBytes > MAX_SCORING_BYTES) {
    throw new RangeError(`the items would need ${sizeBytes} bytes; the kernel can have ${MAX_SCORING_BYTES}`);
  }
  const pages = sizeBytes / 65_536;
  return { memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }), sizes };
}

/**
 * A thread's place in a scoring memory: it scans all items for one or several users in float32. Every sum stays in its
 * item's lane, in the order bias, factors, units, whichever other users are scanned; the relaxed build may fuse a
 * multiplication with the addition behind it. Not re-entrant; a slot belongs to one thread.
 */
export class ScoringSlot {
  readonly sizes: ScoringSizes;
  readonly build: KernelBuild;
  readonly #plan: ScoringPlan;
  readonly #slot: number;
  readonly #buffer: ArrayBufferLike;
  readonly #view: DataView;
  readonly #exports: KernelExports;

  /**
   * @param slot a number below `sizes.slots` that no other thread uses.
   * @param build without it `relaxed-simd` where the runtime has it.
   */
  constructor({ memory, sizes }: ScoringMemory, slot = 0, build = bestBuild()) {
    if (!(Number.isInteger(slot) && slot >= 0 && slot < sizes.slots)) {
      throw new RangeError(`there is no slot ${slot} in a memory of ${sizes.slots}`);
    }
    this.sizes = sizes;
    this.build = build;
    this.#plan = planScoring(sizes);
    this.#slot = slot;
    this.#buffer = memory.buffer;
    this.#view = new DataView(this.#buffer);
    const instance = new WebAssembly.Instance(moduleOf(build), { env: { memory } });
    this.#exports = instance.exports as unknown as KernelExports;
    this.#writeRecords();
  }

  /** The caller's own numbers, shared by all slots: `[sizes.notes]`. */
  get notes(): Float64Array {
    return new Float64Array(this.#buffer, this.#plan.notes, this.sizes.notes);
  }

  /**
   * Has exactly one thread write the items and the network, whichever comes first; the others wait. An error of `write`
   * leaves the memory as it was before, so that the next thread tries.
   * @returns what `write` did; undefined where another thread wrote them.
   */
  packOnce<T>(write: (slot: ScoringSlot) => T): T | undefined {
    const state = new Int32Array(this.#buffer, this.#plan.state, 1);
    while (Atomics.load(state, 0) !== PACKED) {
      if (Atomics.compareExchange(state, 0, NOT_PACKED, PACKING) !== NOT_PACKED) {
        Atomics.wait(state, 0, PACKING);
        continue;
      }
      let outcome = NOT_PACKED;
      try {
        const written = write(this);
        outcome = PACKED;
        return written;
      } finally {
        Atomics.store(state, 0, outcome);
        Atomics.notify(state, 0);
      }
    }
    return undefined;
  }

  /** Writes the network; widths that are no multiple of 4 are padded with zeros. */
  writeNetwork({ maps, output }: ScoringNetwork): void {
    const { units } = this.#plan;
    maps.forEach(({ weight, bias }, index) => {
      const { width, weights, biases } = this.#plan.maps[index]!;
      const depth = index === 0 ? units : this.#plan.maps[index - 1]!.width;
      this.#numbers(biases, width).fill(0).set(bias);
      tileWeights(weight, bias.length, this.#numbers(weights, width * depth), depth);
    });
    this.#numbers(this.#plan.output, this.#plan.maps.at(-1)?.width ?? units)
      .fill(0)
      .set(output);
  }

  /**
   * Writes all items: `read` fills an item's factors and its half of the first layer, which are rounded to float32.
   */
  writeItems(read: (item: number, factors: Float64Array, half: Float64Array) => void): void {
    const { itemCount, factors, units } = this.sizes;
    const { blocks, blockBytes, blockCount } = this.#plan;
    const ofFactors = new Float64Array(factors);
    const ofHalf = new Float64Array(units);
    const rows = blockBytes / 4 / P.BLOCK_ITEMS;
    for (let block = 0; block < blockCount; block++) {
      const to = this.#numbers(blocks + block * blockBytes, blockBytes / 4).fill(0);
      const first = block * P.BLOCK_ITEMS;
      const count = Math.min(P.BLOCK_ITEMS, itemCount - first);
      for (let lane = 0; lane < count; lane++) {
        read(first + lane, ofFactors, ofHalf);
        for (let k = 0; k < units; k++) to[k * P.BLOCK_ITEMS + lane] = ofHalf[k]!;
        const start = (rows - factors) * P.BLOCK_ITEMS + lane;
        for (let k = 0; k < factors; k++) to[start + k * P.BLOCK_ITEMS] = ofFactors[k]!;
      }
    }
  }

  /** Writes the coarse form of the network, and of the items that `writeItems` wrote. */
  writeCoarse({ maps, output, unitScales, factorScales }: CoarseScoringNetwork): void {
    const { units } = this.#plan;
    maps.forEach(({ weight, bias }, index) => {
      const { width, coarseWeights, coarseBiases } = this.#plan.maps[index]!;
      const depth = index === 0 ? units : this.#plan.maps[index - 1]!.width;
      new Int32Array(this.#buffer, coarseBiases, width).fill(0).set(bias);
      tilePairs(weight, bias.length, this.#integers(coarseWeights, width * depth), depth);
    });
    this.#integers(this.#plan.coarseOutput, this.#plan.maps.at(-1)?.width ?? units)
      .fill(0)
      .set(output);
    const { blockCount, blocks, blockBytes, coarseBlocks, coarseBlockBytes } = this.#plan;
    for (let block = 0; block < blockCount; block++) {
      const from = this.#numbers(blocks + block * blockBytes, blockBytes / 4);
      const to = this.#integers(coarseBlocks + block * coarseBlockBytes, coarseBlockBytes / 2).fill(0);
      coarseRows(from, unitScales, to);
      coarseRows(from.subarray(units * P.BLOCK_ITEMS), factorScales, to.subarray(units * P.BLOCK_ITEMS));
    }
  }

  /** Writes the coarse form of the user that `writeUser` wrote into this place. */
  writeCoarseUser(query: number, { weighted, half, factorStep }: CoarseScoringUser, towerStep: number): void {
    const at = this.#query(query);
    this.#integers(at.coarseWeighted, 2 * factorPairs(this.sizes))
      .fill(0)
      .set(weighted);
    this.#integers(at.coarseHalf, this.#plan.units).fill(0).set(half);
    this.#view.setFloat32(at.record + P.Q_FACTOR_STEP, factorStep, true);
    this.#view.setFloat32(at.record + P.Q_TOWER_STEP, towerStep, true);
  }

  /** Writes a user into place `query` of the next scan. */
  writeUser(query: number, { bias, weighted, half }: ScoringUser): void {
    const at = this.#query(query);
    this.#view.setFloat32(at.record + P.Q_BIAS, bias, true);
    this.#numbers(at.weighted, this.sizes.factors).set(weighted);
    this.#numbers(at.half, this.#plan.units).fill(0).set(half);
    this.writeEvidence(query, [], []);
  }

  /**
   * Which items may be candidates, a bit an item: item i is bit i % 8 of byte i / 8. The caller writes it before each
   * scan, and leaves the bits behind the last item 0. A view of the shared memory: `[ceil(items / 16) * 2]`.
   */
  eligible(query: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#query(query).eligible, 2 * this.#plan.blockCount);
  }

  /**
   * What is added to single items' logits, in float32; `items` ascending and distinct. `writeUser` clears it.
   * @throws RangeError when there is more than `sizes.evidence`.
   */
  writeEvidence(query: number, items: ArrayLike<number>, values: ArrayLike<number>): void {
    if (items.length > this.sizes.evidence) {
      throw new RangeError(`${items.length} items have evidence; there is room for ${this.sizes.evidence}`);
    }
    const { evidence } = this.#query(query);
    const ofItems = new Uint32Array(this.#buffer, evidence, 2 * items.length + 1);
    const ofValues = this.#numbers(evidence, 2 * items.length + 1);
    for (let entry = 0; entry < items.length; entry++) {
      ofItems[2 * entry] = items[entry]!;
      ofValues[2 * entry + 1] = values[entry]!;
    }
    ofItems[2 * items.length] = NO_ITEM;
  }

  /**
   * Scans all items for the first `capacities.length` users; each keeps as many eligible items as its capacity says,
   * the best by their logits in the given form.
   */
  scan(capacities: readonly number[], form: 'fine' | 'coarse' = 'fine'): void {
    for (const [query, capacity] of capacities.entries()) {
      if (!(capacity >= 1 && capacity <= this.sizes.candidates)) {
        throw new RangeError(`a user cannot have ${capacity} of ${this.sizes.candidates} candidates`);
      }
      this.#reset(query, capacity, Number.NEGATIVE_INFINITY);
    }
    this.#exports.scan(
      this.#plan.model,
      this.#plan.slots[this.#slot]!.record,
      capacities.length,
      form === 'coarse' ? 1 : 0,
    );
  }

  /** What the last scan kept of a user, in no particular order. */
  candidates(query: number): Uint32Array {
    const at = this.#query(query);
    return new Uint32Array(this.#buffer, at.items, this.#view.getUint32(at.record + P.Q_SIZE, true));
  }

  /** Their logits in the last scan's form. */
  candidateLogits(query: number): Float32Array {
    const at = this.#query(query);
    return this.#numbers(at.scores, this.#view.getUint32(at.record + P.Q_SIZE, true));
  }

  /**
   * The logit, in the last scan's form, that no item beyond the last scan's candidates exceeds; -Infinity when all eligible items are
   * candidates.
   */
  threshold(query: number): number {
    return this.#view.getFloat32(this.#query(query).record + P.Q_THRESHOLD, true);
  }

  /** All eligible items whose float32 logit is at least `from`, in ascending order, in pieces that are valid until the next. */
  *collect(query: number, from: number): Generator<Uint32Array> {
    const { model, blockCount, slots } = this.#plan;
    for (let block = 0; block < blockCount; ) {
      this.#reset(query, this.sizes.candidates, below(from));
      block = this.#exports.collect(model, slots[this.#slot]!.record, query, block);
      yield this.candidates(query);
    }
  }

  #reset(query: number, capacity: number, threshold: number): void {
    const { record, evidence } = this.#query(query);
    this.#view.setUint32(record + P.Q_SIZE, 0, true);
    this.#view.setUint32(record + P.Q_CAPACITY, capacity, true);
    this.#view.setFloat32(record + P.Q_THRESHOLD, threshold, true);
    this.#view.setUint32(record + P.Q_EVIDENCE_AT, evidence, true);
  }

  #query(index: number): QueryPlan {
    const query = this.#plan.slots[this.#slot]!.queries[index];
    if (query === undefined)
      throw new RangeError(`there is no place ${index} of ${this.sizes.queries} users`);
    return query;
  }

  #integers(address: number, count: number): Int16Array {
    return new Int16Array(this.#buffer, address, count);
  }

  #numbers(address: number, count: number): Float32Array {
    return new Float32Array(this.#buffer, address, count);
  }

  /** The same values whoever writes them, so that threads need not agree on it. */
  #writeRecords(): void {
    const plan = this.#plan;
    const word = (address: number, value: number) => this.#view.setUint32(address, value, true);
    word(plan.model + P.BLOCK_COUNT, plan.blockCount);
    word(plan.model + P.BLOCK_BYTES, plan.blockBytes);
    word(plan.model + P.FACTORS, this.sizes.factors);
    word(plan.model + P.UNITS, plan.units);
    word(plan.model + P.MAP_COUNT, plan.maps.length);
    word(plan.model + P.ADDRESS_BLOCKS, plan.blocks);
    word(plan.model + P.ADDRESS_OUTPUT, plan.output);
    word(plan.model + P.ADDRESS_COARSE_BLOCKS, plan.coarseBlocks);
    word(plan.model + P.COARSE_BLOCK_BYTES, plan.coarseBlockBytes);
    word(plan.model + P.FACTOR_PAIRS, factorPairs(this.sizes));
    word(plan.model + P.ADDRESS_COARSE_OUTPUT, plan.coarseOutput);
    for (const [map, at] of plan.maps.entries()) {
      word(plan.model + P.MAP_WIDTHS + 4 * map, at.width);
      word(plan.model + P.MAP_WEIGHTS + 4 * map, at.weights);
      word(plan.model + P.MAP_BIASES + 4 * map, at.biases);
      word(plan.model + P.COARSE_WEIGHTS + 4 * map, at.coarseWeights);
      word(plan.model + P.COARSE_BIASES + 4 * map, at.coarseBiases);
    }
    const slot = plan.slots[this.#slot]!;
    word(slot.record + P.S_ADDRESS_FRONT, slot.front);
    word(slot.record + P.S_ADDRESS_BACK, slot.back);
    word(slot.record + P.S_ADDRESS_LOGITS, slot.logits);
    word(slot.record + P.S_ADDRESS_QUERIES, slot.queries[0]!.record);
    for (const query of slot.queries) {
      word(query.record + P.Q_ADDRESS_WEIGHTED, query.weighted);
      word(query.record + P.Q_ADDRESS_HALF, query.half);
      word(query.record + P.Q_ADDRESS_COARSE_WEIGHTED, query.coarseWeighted);
      word(query.record + P.Q_ADDRESS_COARSE_HALF, query.coarseHalf);
      word(query.record + P.Q_ADDRESS_ELIGIBLE, query.eligible);
      word(query.record + P.Q_ADDRESS_SCORES, query.scores);
      word(query.record + P.Q_ADDRESS_ITEMS, query.items);
      word(query.record + P.Q_ADDRESS_EVIDENCE, query.evidence);
    }
  }
}

const modules = new Map<KernelBuild, WebAssembly.Module>();

function moduleOf(build: KernelBuild): WebAssembly.Module {
  let module = modules.get(build);
  if (module === undefined) {
    module = compileKernel('score', build);
    modules.set(build, module);
  }
  return module;
}

function bestBuild(): KernelBuild {
  return supportsRelaxedSimd() ? 'relaxed-simd' : 'simd';
}
