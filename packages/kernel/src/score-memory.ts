import * as P from './score-plan.ts';

/** Sizes that a scoring memory is laid out for. */
export interface ScoringSizes {
  readonly itemCount: number;
  /** Numbers of an item that meet a number of the user in a plain product. */
  readonly factors: number;
  /** Outputs of the tower's first layer; 0 without a tower. */
  readonly units: number;
  /** Outputs of the layers behind it. */
  readonly maps: readonly number[];
  /** Threads that scan at the same time. */
  readonly slots: number;
  /** Users that one scan takes. */
  readonly queries: number;
  /** Most candidates of a user. */
  readonly candidates: number;
  /** Most items of a user that something is added to. */
  readonly evidence: number;
  /** float64 numbers that the caller keeps beside the items. */
  readonly notes: number;
  /** Which form of the items ends where the memory ends, so that a read behind it traps; default: `fine`. */
  readonly last?: 'fine' | 'coarse';
}

/** Addresses of what belongs to one user of a slot. */
export interface QueryPlan {
  readonly record: number;
  readonly weighted: number;
  readonly half: number;
  readonly coarseWeighted: number;
  readonly coarseHalf: number;
  readonly eligible: number;
  readonly scores: number;
  readonly items: number;
  readonly evidence: number;
}

export interface SlotPlan {
  readonly record: number;
  readonly front: number;
  readonly back: number;
  readonly logits: number;
  readonly queries: readonly QueryPlan[];
}

/** A layer behind the first: its padded number of outputs, and where its weights and biases are in both forms. */
export interface MapPlan {
  readonly width: number;
  readonly weights: number;
  readonly biases: number;
  readonly coarseWeights: number;
  readonly coarseBiases: number;
}

/** Addresses of everything in a scoring memory. */
export interface ScoringPlan {
  readonly blockCount: number;
  readonly blockBytes: number;
  /** Units and widths with their padding. */
  readonly units: number;
  readonly maps: readonly MapPlan[];
  readonly state: number;
  readonly model: number;
  readonly output: number;
  readonly coarseOutput: number;
  readonly notes: number;
  readonly slots: readonly SlotPlan[];
  /** The items in both forms come last. */
  readonly blocks: number;
  readonly coarseBlocks: number;
  readonly coarseBlockBytes: number;
  readonly sizeBytes: number;
}

const PAGE_BYTES = 65_536;
const ALIGNMENT = 64;
const FIRST_ADDRESS = 1_024;

/** Hands out the memory from bottom to top. */
class Arena {
  next = FIRST_ADDRESS;

  take(bytes: number): number {
    const at = this.next;
    this.next = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT;
    return at;
  }
}

function padded(width: number): number {
  return Math.ceil(width / P.TILE_UNITS) * P.TILE_UNITS;
}

/** Lays a memory out; `sizeBytes` may be more than a memory can have. */
export function planScoring(sizes: ScoringSizes): ScoringPlan {
  const units = padded(sizes.units);
  const widths = sizes.maps.map(padded);
  const blockCount = Math.ceil(sizes.itemCount / P.BLOCK_ITEMS);
  const blockBytes = (sizes.factors + units) * P.BLOCK_ITEMS * 4;
  const arena = new Arena();
  const state = arena.take(ALIGNMENT);
  const model = arena.take(P.MODEL_BYTES);
  const maps = widths.map((width, map) => planMap(arena, width, map === 0 ? units : widths[map - 1]!));
  const output = arena.take(4 * (widths.at(-1) ?? units));
  const coarseOutput = arena.take(2 * (widths.at(-1) ?? units));
  const notes = arena.take(8 * sizes.notes);
  const widest = Math.max(units, ...widths);
  const slots = Array.from({ length: sizes.slots }, () => planSlot(arena, sizes, units, widest, blockCount));
  const coarseBlockBytes = (units / 2 + factorPairs(sizes)) * P.BLOCK_ITEMS * 4;
  const [fineBytes, coarseBytes] = [blockCount * blockBytes, blockCount * coarseBlockBytes];
  const sizeBytes = Math.ceil((arena.next + fineBytes + coarseBytes) / PAGE_BYTES) * PAGE_BYTES;
  const fineLast = sizes.last !== 'coarse';
  return {
    blockCount,
    blockBytes,
    units,
    maps,
    state,
    model,
    output,
    coarseOutput,
    notes,
    slots,
    blocks: sizeBytes - fineBytes - (fineLast ? 0 : coarseBytes),
    coarseBlocks: sizeBytes - coarseBytes - (fineLast ? fineBytes : 0),
    coarseBlockBytes,
    sizeBytes,
  };
}

/** Pairs that an item's factors make. */
export function factorPairs({ factors }: Pick<ScoringSizes, 'factors'>): number {
  return Math.ceil(factors / 2);
}

function planMap(arena: Arena, width: number, depth: number): MapPlan {
  return {
    width,
    weights: arena.take(4 * width * depth),
    biases: arena.take(4 * width),
    coarseWeights: arena.take(2 * width * depth),
    coarseBiases: arena.take(4 * width),
  };
}

function planSlot(
  arena: Arena,
  sizes: ScoringSizes,
  units: number,
  widest: number,
  blocks: number,
): SlotPlan {
  const records = arena.take(P.QUERY_BYTES * sizes.queries);
  return {
    record: arena.take(P.SLOT_BYTES),
    front: arena.take(4 * P.BLOCK_ITEMS * widest),
    back: arena.take(4 * P.BLOCK_ITEMS * widest),
    logits: arena.take(4 * P.BLOCK_ITEMS),
    queries: Array.from({ length: sizes.queries }, (_, index) => ({
      record: records + P.QUERY_BYTES * index,
      weighted: arena.take(4 * sizes.factors),
      half: arena.take(4 * units),
      coarseWeighted: arena.take(4 * factorPairs(sizes)),
      coarseHalf: arena.take(2 * units),
      eligible: arena.take(2 * blocks),
      scores: arena.take(4 * sizes.candidates),
      items: arena.take(4 * sizes.candidates),
      evidence: arena.take(8 * (sizes.evidence + 1)),
    })),
  };
}
