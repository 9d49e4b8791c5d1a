// Where the training kernel finds everything: byte offsets into two kinds of blocks in the shared memory. This file is
// read by both compilers, TypeScript's (which fills the blocks) and AssemblyScript's (which reads them). Numbers are
// u32 unless a comment says otherwise; ADDRESS_ fields are byte addresses.

/** Most layers of the tower, the embeddings' layer included. */
export const MAX_LAYERS = 8;
/** Samples that go through the tower together: their activations stay in the first-level cache. */
export const BLOCK_SAMPLES = 64;
/** Rows that a padded buffer has beyond its last one, since products take 4 rows at a time. */
export const ROW_PADDING = 4;

// The plan: one, the same for all threads.
export const USER_COUNT = 0;
export const ITEM_COUNT = 4;
export const PAIR_COUNT = 8;
export const THREADS = 12;
export const BATCH_SIZE = 16;
export const NEGATIVES = 20;
export const SEED = 24;
export const EPOCH = 28;
/** f64 */
export const LEARNING_RATE = 32;
/** f32 */
export const L2 = 40;
/** 1: a positive's loss is weighted by its strength. */
export const STRENGTH_WEIGHTED = 44;
/** Second key of the random numbers of negatives and of the order of pairs. */
export const NEGATIVES_STREAM = 48;
export const ORDER_STREAM = 52;
/** Widths in numbers, padded to multiples of 4. A table's record: [weights | first moments | second moments]. */
export const GMF_WIDTH = 56;
export const MLP_WIDTH = 60;
/** GMF_WIDTH + MLP_WIDTH */
export const ROW_WIDTH = 64;
/** Linear maps of the tower: 0 without one. */
export const MAP_COUNT = 68;
/** 1: the tower's only map has no ReLU (a tower of one width, whose embeddings meet the output weights). */
export const LINEAR_TOWER = 72;
/** Numbers in the dense parameters that L2 applies to; they come first. */
export const DENSE_WEIGHTS = 76;
export const DENSE_COUNT = 80;
/** Places in the dense parameters, in numbers. */
export const DENSE_FIRST_USER = 84;
export const DENSE_FIRST_ITEM = 88;
export const DENSE_OUTPUT_GMF = 92;
export const DENSE_OUTPUT_MLP = 96;
export const DENSE_OUTPUT_BIAS = 100;
export const ADDRESS_USER_TABLE = 104;
export const ADDRESS_ITEM_TABLE = 108;
/** Each pair's user, item and strength (f32), and the epoch's order of pairs. */
export const ADDRESS_PAIR_USERS = 112;
export const ADDRESS_PAIR_ITEMS = 116;
export const ADDRESS_PAIR_STRENGTHS = 120;
export const ADDRESS_ORDER = 124;
/** For each of a user's distinct items, ascending, the number of other items before it: compressed rows. */
export const ADDRESS_UNSEEN_OFFSETS = 128;
export const ADDRESS_UNSEEN_BEFORE = 132;
export const ADDRESS_THREADS = 136;
/** Bytes from one thread's block to the next. */
export const THREAD_STRIDE = 140;
/** The barrier: arrivals so far, threads that sleep, and whether a thread has given up. */
export const ARRIVED = 144;
export const SLEEPERS = 148;
export const ABORTED = 152;
/** Input of `scoreUsers`: user indices, and where `[users, ITEM_COUNT]` logits go. */
export const ADDRESS_SCORE_USERS = 156;
export const SCORE_COUNT = 160;
export const ADDRESS_SCORES = 164;
/** `[items + padding, first map's width]`: the items' half of the first map, while users are scored. */
export const ADDRESS_ITEM_HALVES = 168;
/** Arrays of MAX_LAYERS: each map's padded number of outputs, and the places of its weights and biases. */
export const MAP_WIDTHS = 192;
export const DENSE_MAP_WEIGHTS = 224;
export const DENSE_MAP_BIASES = 256;
export const PLAN_BYTES = 320;

// A thread's own block.
/** f64: sum of the losses of the samples since the host last set it to 0. */
export const T_LOSS = 0;
/** f64: Adam's beta1^t and beta2^t. */
export const T_BETA1_POWER = 8;
export const T_BETA2_POWER = 16;
/** Dense parameters with their moments and gradient. Every thread keeps the same copy. */
export const T_ADDRESS_DENSE = 24;
export const T_ADDRESS_DENSE_FIRST = 28;
export const T_ADDRESS_DENSE_SECOND = 32;
export const T_ADDRESS_DENSE_GRADIENT = 36;
/** Weights transposed, `[in, out]`, at the places that they have in the dense parameters. */
export const T_ADDRESS_TRANSPOSED = 40;
/** Arrivals that the next barrier waits for. */
export const T_BARRIER_TARGET = 44;
/** Each sample of the thread's part of a batch. */
export const T_ADDRESS_SAMPLE_USERS = 48;
export const T_ADDRESS_SAMPLE_ITEMS = 52;
/** f32: 1 for a negative, -1 for a positive; and the weight of its loss. */
export const T_ADDRESS_SAMPLE_SIGNS = 56;
export const T_ADDRESS_SAMPLE_WEIGHTS = 60;
/** What a block of samples needs: where their items' packed rows begin, logits and slopes; and a user's row. */
export const T_ADDRESS_BLOCK_ROWS = 64;
export const T_ADDRESS_BLOCK_LOGITS = 72;
export const T_ADDRESS_BLOCK_SLOPES = 76;
export const T_ADDRESS_WEIGHTED_USER = 80;
/** Pair, user and item of each positive and its negatives, GROUP_BYTES each. */
export const T_ADDRESS_GROUPS = 84;
export const GROUP_BYTES = 12;
/** The two sides, users first: a block of fields each. */
export const T_SIDES = 96;
export const SIDE_BYTES = 48;
/** Row -> slot, valid where the slot's row is that row. */
export const S_ADDRESS_SLOTS = 0;
/** Slot -> row, in order of first appearance. */
export const S_ADDRESS_LIST = 4;
export const S_COUNT = 8;
/** By slot: the rows' embeddings, their half of the first map, the sums of its slopes, the rows' gradients. */
export const S_ADDRESS_PACKED = 12;
export const S_ADDRESS_HALVES = 16;
export const S_ADDRESS_SUMS = 20;
export const S_ADDRESS_GRADIENTS = 24;
export const S_ADDRESS_TABLE = 28;
/** Where loads that only fetch leave what they found, so that no compiler leaves them out. */
export const S_SEEN = 32;
/** Arrays of MAX_LAYERS: activations and slopes of a block by map. */
export const T_ADDRESS_ACTIVATIONS = 192;
export const T_ADDRESS_DELTAS = 224;
export const THREAD_BYTES = 256;
