// Where the alternating-least-squares kernel finds everything, as plan.ts for the training kernel: u32 byte offsets.

export const THREADS = 12;
/** Width of a factor row, padded to a multiple of 4. */
export const WIDTH = 16;
export const CG_STEPS = 20;
/** f32: weight of an absent pair, and of the L2 penalty. */
export const UNOBSERVED_WEIGHT = 24;
export const REGULARISATION = 28;
/** The side that is solved for: rows, their pairs, and the pairs' other side. */
export const TARGET_ROWS = 32;
export const ADDRESS_TARGET = 36;
export const ADDRESS_OFFSETS = 40;
export const ADDRESS_PARTNERS = 44;
/** f32 a pair: weight of an observed pair. */
export const ADDRESS_WEIGHTS = 48;
export const SOURCE_ROWS = 52;
export const ADDRESS_SOURCE = 56;
/** `[GRAM_PARTS, width, width]`, the first of which receives the sum. */
export const ADDRESS_GRAM = 60;
/** Next row that no thread has taken. */
export const NEXT_ROW = 64;
export const ADDRESS_THREADS = 68;
export const THREAD_STRIDE = 72;
export const ALS_PLAN_BYTES = 192;

/** Parts in which the Gram matrix is summed, whatever the number of threads. */
export const GRAM_PARTS = 16;

/** Rows that a thread solves together. */
export const ALS_BLOCK_ROWS = 16;
/** A thread's block: the barrier's field of plan.ts, a number for each row, then residuals, directions, products. */
export const ALS_THREAD_HEADER = 64;
export const ALS_MATRICES = 3;
