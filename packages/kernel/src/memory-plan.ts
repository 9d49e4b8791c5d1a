import * as P from './plan.ts';
import { MemoryArena } from './shared-memory.ts';
import { CONTROL_WORDS } from './thread-team.ts';

/** Sizes that the kernel's memory is laid out for. */
export interface TrainingSizes {
  readonly userCount: number;
  readonly itemCount: number;
  readonly pairCount: number;
  /** Width of the GMF embeddings. */
  readonly factors: number;
  /** As in NeuMF's configuration: `layers[0]` = width of both MLP embeddings together, the others ReLU layers. */
  readonly layers: readonly number[];
  readonly batchSize: number;
  readonly negativesPerPositive: number;
  readonly threads: number;
}

/** Places in the dense parameters, in numbers; see plan.ts. */
export interface DenseLayout {
  readonly firstUser: number;
  readonly firstItem: number;
  /** Of the maps after the first; the first's weights are `firstUser` and `firstItem`. */
  readonly mapWeights: readonly number[];
  readonly mapBiases: readonly number[];
  readonly outputGmf: number;
  readonly outputMlp: number;
  readonly outputBias: number;
  readonly weightCount: number;
  readonly count: number;
}

/** Everything about a network's shape that the kernel needs; widths are padded to multiples of 4. */
export interface NetworkLayout {
  readonly gmfWidth: number;
  readonly mlpWidth: number;
  readonly rowWidth: number;
  /** A tower of one width has no ReLU layer: its embeddings meet the output weights, a map of one output. */
  readonly linear: boolean;
  /** Outputs of each map, padded. */
  readonly mapWidths: readonly number[];
  readonly dense: DenseLayout;
}

/** The next multiple of 4: lanes of a vector. */
export function padded(width: number): number {
  return (width + 3) & ~3;
}

export function layOutNetwork({ factors, layers }: Pick<TrainingSizes, 'factors' | 'layers'>): NetworkLayout {
  const gmfWidth = padded(factors);
  const mlpWidth = padded((layers[0] ?? 0) / 2);
  const linear = layers.length === 1;
  const mapWidths = linear ? [4] : layers.slice(1).map(padded);
  return {
    gmfWidth,
    mlpWidth,
    rowWidth: gmfWidth + mlpWidth,
    linear,
    mapWidths,
    dense: layOutDense(gmfWidth, mlpWidth, mapWidths, linear),
  };
}

/** Weights first, since L2 applies to them and not to the biases behind them. */
function layOutDense(
  gmfWidth: number,
  mlpWidth: number,
  mapWidths: readonly number[],
  linear: boolean,
): DenseLayout {
  let next = 0;
  const take = (count: number) => {
    const at = next;
    next += count;
    return at;
  };
  const first = mapWidths[0] ?? 0;
  const firstUser = take(first * mlpWidth);
  const firstItem = take(first * mlpWidth);
  const mapWeights = mapWidths.map((width, map) =>
    map === 0 ? firstUser : take(width * mapWidths[map - 1]!),
  );
  const outputGmf = take(gmfWidth);
  const last = mapWidths.at(-1) ?? 0;
  const outputMlpBefore = linear ? undefined : take(last);
  const weightCount = next;
  // The one output weight of a linear tower stands for no parameter: it is 1, and nothing may decay it.
  const outputMlp = outputMlpBefore ?? take(last);
  const mapBiases = mapWidths.map(take);
  const outputBias = take(4);
  return {
    firstUser,
    firstItem,
    mapWeights,
    mapBiases,
    outputGmf,
    outputMlp,
    outputBias,
    weightCount,
    count: next,
  };
}

const ALIGNMENT = 64;
/** Scores that one call of the kernel writes: 16 MiB, or one user's. */
const MAX_SCORE_BYTES = 16 * 1_048_576;

/** Addresses of everything in the kernel's memory. */
export interface MemoryPlan {
  readonly network: NetworkLayout;
  readonly plan: number;
  readonly control: number;
  readonly threads: number;
  readonly threadStride: number;
  readonly userTable: number;
  readonly itemTable: number;
  readonly pairUsers: number;
  readonly pairItems: number;
  readonly pairStrengths: number;
  readonly order: number;
  readonly unseenOffsets: number;
  readonly unseenBefore: number;
  readonly scoreUsers: number;
  readonly scores: number;
  /** Users that one call scores. */
  readonly scoreCapacity: number;
  readonly itemHalves: number;
  readonly threadBlocks: readonly ThreadPlan[];
  readonly sizeBytes: number;
  readonly guards: MemoryArena['guards'];
}

export interface ThreadPlan {
  readonly block: number;
  /** Address by field of plan.ts, relative to the thread's block. */
  readonly addresses: ReadonlyMap<number, number>;
}

/**
 * Decides where everything goes. Nothing is allocated yet: `sizeBytes` says what it takes. `guardBytes` are left free
 * behind each array.
 */
export function planMemory(sizes: TrainingSizes, guardBytes = 0): MemoryPlan {
  const network = layOutNetwork(sizes);
  const arena = new MemoryArena(guardBytes);
  const plan = arena.take(P.PLAN_BYTES);
  const control = arena.take(CONTROL_WORDS * 4);
  const threadStride = Math.ceil(P.THREAD_BYTES / ALIGNMENT) * ALIGNMENT;
  const threads = arena.take(threadStride * sizes.threads);
  const rowBytes = 12 * network.rowWidth;
  const { userCount, itemCount, pairCount } = sizes;
  const userTable = arena.take((userCount + P.ROW_PADDING) * rowBytes);
  const itemTable = arena.take((itemCount + P.ROW_PADDING) * rowBytes);
  const [pairUsers, pairItems, pairStrengths, order, unseenBefore] = [0, 0, 0, 0, 0].map(() =>
    arena.take(4 * pairCount),
  ) as [number, number, number, number, number];
  const unseenOffsets = arena.take(4 * (userCount + 1));
  const scoreCapacity = Math.max(1, Math.floor(MAX_SCORE_BYTES / (4 * itemCount)));
  const scoreUsers = arena.take(4 * scoreCapacity);
  const scores = arena.take(4 * itemCount * scoreCapacity);
  const itemHalves = arena.take(4 * (itemCount + P.ROW_PADDING) * (network.mapWidths[0] ?? 0));
  const threadBlocks = Array.from({ length: sizes.threads }, (_, index) => ({
    block: threads + index * threadStride,
    addresses: planThread(sizes, network, arena),
  }));
  return {
    network,
    plan,
    control,
    threads,
    threadStride,
    userTable,
    itemTable,
    pairUsers,
    pairItems,
    pairStrengths,
    order,
    unseenOffsets,
    unseenBefore,
    scoreUsers,
    scores,
    scoreCapacity,
    itemHalves,
    threadBlocks,
    sizeBytes: arena.sizeBytes,
    guards: arena.guards,
  };
}

/** A thread's own buffers, for its part of a batch: most samples, and so most distinct rows, that it can get. */
function planThread(sizes: TrainingSizes, network: NetworkLayout, arena: MemoryArena): Map<number, number> {
  const addresses = new Map<number, number>();
  const numbers = (field: number, count: number) => addresses.set(field, arena.take(4 * count));
  const total = sizes.pairCount * (1 + sizes.negativesPerPositive);
  const samples = Math.ceil(Math.min(sizes.batchSize, total) / sizes.threads) + 1;
  const { dense, mapWidths, rowWidth, gmfWidth } = network;
  for (const field of [
    P.T_ADDRESS_DENSE,
    P.T_ADDRESS_DENSE_FIRST,
    P.T_ADDRESS_DENSE_SECOND,
    P.T_ADDRESS_DENSE_GRADIENT,
    P.T_ADDRESS_TRANSPOSED,
  ]) {
    numbers(field, dense.count);
  }
  for (const field of [
    P.T_ADDRESS_SAMPLE_USERS,
    P.T_ADDRESS_SAMPLE_ITEMS,
    P.T_ADDRESS_SAMPLE_SIGNS,
    P.T_ADDRESS_SAMPLE_WEIGHTS,
  ]) {
    numbers(field, samples + 4);
  }
  for (const field of [P.T_ADDRESS_BLOCK_ROWS, P.T_ADDRESS_BLOCK_LOGITS, P.T_ADDRESS_BLOCK_SLOPES]) {
    numbers(field, P.BLOCK_SAMPLES);
  }
  numbers(P.T_ADDRESS_WEIGHTED_USER, gmfWidth);
  const groups = Math.ceil(samples / (1 + sizes.negativesPerPositive)) + 2;
  numbers(P.T_ADDRESS_GROUPS, (groups * P.GROUP_BYTES) / 4);
  for (const [side, rows] of [sizes.userCount, sizes.itemCount].entries()) {
    const base = P.T_SIDES + side * P.SIDE_BYTES;
    const distinct = Math.min(samples, rows);
    const slots = distinct + P.ROW_PADDING;
    numbers(base + P.S_ADDRESS_SLOTS, rows);
    numbers(base + P.S_ADDRESS_LIST, distinct);
    numbers(base + P.S_ADDRESS_PACKED, slots * rowWidth);
    numbers(base + P.S_ADDRESS_HALVES, slots * (mapWidths[0] ?? 0));
    numbers(base + P.S_ADDRESS_SUMS, slots * (mapWidths[0] ?? 0));
    numbers(base + P.S_ADDRESS_GRADIENTS, slots * rowWidth);
  }
  for (const [map, width] of mapWidths.entries()) {
    numbers(P.T_ADDRESS_ACTIVATIONS + 4 * map, P.BLOCK_SAMPLES * width);
    numbers(P.T_ADDRESS_DELTAS + 4 * map, P.BLOCK_SAMPLES * width);
  }
  return addresses;
}
