import {
  createScoringMemory,
  MAX_SCORING_BYTES,
  MIN_CANDIDATES,
  planScoring,
  type ScoringMemory,
  type ScoringSizes,
  type ScoringSlot,
} from '@sommelier/kernel/score';
import { mlpEmbeddingWidth, type NeuMFParameters, type NeuMFShape } from '../engine/neumf-parameters.ts';
import { type CoarseNetwork, coarseNetwork, firstLayerLimits } from './coarse-network.ts';
import { toFloat64 } from './dense-layer.ts';
import { createFirstLayerHalves, type FirstLayerHalves } from './first-layer.ts';
import type { ScannedNetwork, ScannedUser } from './scan-error.ts';
import { type UserEmbedding, userEmbedding } from './user-embedding.ts';

/** A memory that the threads of a process share: it can be posted to them. */
export type ScanMemory = ScoringMemory;

/** Most candidates of one user that fit between two looks at them. */
const MAX_CANDIDATES = 4_096;
/** Users whose first layers say how large its numbers get. */
const USERS_LOOKED_AT = 256;

export interface ScanMemoryOptions {
  /** Threads that rank at the same time. */
  readonly slots?: number;
  /** Users that one pass over the items ranks. */
  readonly usersAtOnce?: number;
  /** Items of a user with evidence that the scan has room for; with more, the user is ranked in float64. */
  readonly evidence?: number;
}

/**
 * Allocates the memory in which all threads of a process share a model's items, to be posted to them. Nothing is in it
 * until the first ranker is made over it. Undefined for a model that does not fit into 4 GiB: it is ranked in float64.
 * @throws RangeError when the machine refuses the memory.
 */
export function createScanMemory(shape: NeuMFShape, options: ScanMemoryOptions = {}): ScanMemory | undefined {
  const { slots = 1, usersAtOnce = 1, evidence = shape.itemCount } = options;
  const { factors, layers, itemCount } = shape;
  const units = layers[1] ?? 0;
  const scanned = factors + (hasPlainTower(shape) ? 1 : 0);
  const sizes: ScoringSizes = {
    itemCount,
    factors: scanned,
    units,
    maps: layers.slice(2),
    slots,
    queries: usersAtOnce,
    candidates: Math.max(MIN_CANDIDATES, Math.min(itemCount, MAX_CANDIDATES)),
    evidence: Math.min(evidence, itemCount),
    notes: scanned + 2 * units,
  };
  return planScoring(sizes).sizeBytes > MAX_SCORING_BYTES ? undefined : createScoringMemory(sizes);
}

/** A tower of one width: its embeddings meet the output weights, which makes one number of an item. */
function hasPlainTower({ layers }: NeuMFShape): boolean {
  return layers.length === 1;
}

/** NeuMF as the scan takes it: packs the items once, and makes of a user what the scan needs of one. */
export class ScanModel {
  readonly network: ScannedNetwork;
  /** The same in 16-bit integers, where they can hold it. */
  readonly coarse: CoarseNetwork | undefined;
  readonly #parameters: NeuMFParameters;
  readonly #outputWeight: Float64Array;
  readonly #halves: FirstLayerHalves | undefined;
  readonly #factorCount: number;
  readonly #units: number;
  readonly #notes: Float64Array;

  constructor(parameters: NeuMFParameters, slot: ScoringSlot) {
    const { shape } = parameters;
    this.#parameters = parameters;
    this.#outputWeight = toFloat64(parameters.outputWeight);
    this.#halves = shape.layers.length > 1 ? createFirstLayerHalves(parameters) : undefined;
    this.#factorCount = slot.sizes.factors;
    this.#units = slot.sizes.units;
    this.#notes = slot.notes;
    this.network = {
      maps: parameters.mlp
        .slice(1)
        .map(({ weight, bias }) => ({ weight: toFloat64(weight), bias: toFloat64(bias) })),
      output: this.#halves === undefined ? new Float64Array(0) : this.#outputWeight.subarray(shape.factors),
      extraTerms: 2 * mlpEmbeddingWidth(shape),
    };
    this.coarse = slot.packOnce(() => this.#pack(slot)) ?? this.#coarseNetwork();
  }

  /** The same for whoever makes it of the same items. */
  #coarseNetwork(): CoarseNetwork | undefined {
    const { factorLimits, halfHighest } = this.#limits();
    const { userCount } = this.#parameters.shape;
    const count = Math.min(userCount, USERS_LOOKED_AT);
    const users = Array.from({ length: count }, (_, k) => {
      const half = new Float64Array(this.#units);
      this.#halves?.ofUser(userEmbedding(this.#parameters, Math.floor((k * userCount) / count)).mlp, half);
      return half;
    });
    return coarseNetwork(this.network, factorLimits, firstLayerLimits(users, halfHighest));
  }

  /** A user for the scan, and the same for the bound of its error. */
  user({ gmf, mlp }: UserEmbedding): { bias: number; scanned: Omit<ScannedUser, 'evidence'> } {
    const { factors } = this.#parameters.shape;
    const weighted = new Float64Array(this.#factorCount);
    for (let f = 0; f < factors; f++) weighted[f] = this.#outputWeight[f]! * gmf[f]!;
    let bias = this.#parameters.outputBias[0] ?? 0;
    let magnitude = Math.abs(bias);
    if (hasPlainTower(this.#parameters.shape)) {
      weighted[factors] = 1;
      for (let k = 0; k < mlp.length; k++) {
        const product = this.#outputWeight[factors + k]! * mlp[k]!;
        bias += product;
        magnitude += Math.abs(product);
      }
    }
    const half = new Float64Array(this.#units);
    this.#halves?.ofUser(mlp, half);
    return { bias, scanned: { bias: magnitude, weighted, half, ...this.#limits() } };
  }

  #limits(): Pick<ScannedUser, 'factorLimits' | 'halfHighest' | 'halfLimits'> {
    const count = this.#factorCount;
    return {
      factorLimits: this.#notes.subarray(0, count),
      halfHighest: this.#notes.subarray(count, count + this.#units),
      halfLimits: this.#notes.subarray(count + this.#units),
    };
  }

  /** @returns the coarse network that it wrote, where there is one */
  #pack(slot: ScoringSlot): CoarseNetwork | undefined {
    const { shape, mlp, outputWeight, itemGmf } = this.#parameters;
    const { factorLimits, halfHighest, halfLimits } = this.#limits();
    factorLimits.fill(0);
    halfHighest.fill(Number.NEGATIVE_INFINITY);
    halfLimits.fill(0);
    slot.writeNetwork({
      maps: mlp.slice(1),
      output: this.#halves === undefined ? new Float32Array(0) : outputWeight.subarray(shape.factors),
    });
    slot.writeItems((item, factors, half) => {
      for (let f = 0; f < shape.factors; f++) factors[f] = itemGmf[item * shape.factors + f]!;
      for (let f = 0; f < shape.factors; f++) factorLimits[f] = larger(factorLimits[f]!, factors[f]!);
      if (hasPlainTower(shape)) this.#plainTower(item, factors, factorLimits);
      this.#halves?.ofItem(item, half);
      for (let unit = 0; unit < half.length; unit++) {
        halfHighest[unit] = Math.max(halfHighest[unit]!, half[unit]!);
        halfLimits[unit] = larger(halfLimits[unit]!, half[unit]!);
      }
    });
    const coarse = this.#coarseNetwork();
    if (coarse !== undefined) slot.writeCoarse(coarse);
    return coarse;
  }

  /** The item's embedding and its output weights as one number; its limit is that of the terms' absolute values. */
  #plainTower(item: number, out: Float64Array, limits: Float64Array): void {
    const { shape, itemMlp } = this.#parameters;
    const width = mlpEmbeddingWidth(shape);
    const weights = shape.factors + width;
    let sum = 0;
    let magnitude = 0;
    for (let k = 0; k < width; k++) {
      const product = this.#outputWeight[weights + k]! * itemMlp[item * width + k]!;
      sum += product;
      magnitude += Math.abs(product);
    }
    out[shape.factors] = sum;
    limits[shape.factors] = Math.max(limits[shape.factors]!, magnitude);
  }
}

function larger(limit: number, value: number): number {
  return Math.max(limit, Math.abs(value));
}
