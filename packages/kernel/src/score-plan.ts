// Where the scoring kernel finds everything: byte offsets into three kinds of records in the shared memory. This file
// is read by both compilers, TypeScript's (which fills the records) and AssemblyScript's (which reads them). Numbers are
// u32 unless a comment says otherwise; ADDRESS_ fields are byte addresses.

/** Items that lie interleaved: number k of 16 items side by side, so that lanes are items and no sum crosses lanes. */
export const BLOCK_ITEMS = 16;
/** Units of a layer that are computed together; widths are padded to it. */
export const TILE_UNITS = 4;
/** Layers behind the first one that the plan has room for. */
export const MAX_MAPS = 8;

// The model: one record, the same for all threads and requests.
export const BLOCK_COUNT = 0;
/** Bytes of a block: `[UNITS + FACTORS, 16]` float32, in the order in which they are read. */
export const BLOCK_BYTES = 4;
/** Numbers of an item that meet a number of the user in a plain product: the GMF branch. */
export const FACTORS = 8;
/** Outputs of the first layer, whose item half each item carries: a multiple of 4, 0 without a tower. */
export const UNITS = 12;
/** Layers behind the first. */
export const MAP_COUNT = 16;
export const ADDRESS_BLOCKS = 20;
/** `[last layer's outputs]`, f32: the weights that the tower's output meets. */
export const ADDRESS_OUTPUT = 24;
/** Arrays of MAX_MAPS: outputs of each layer; weights `[outputs / 4, inputs, 4]`; biases. */
export const MAP_WIDTHS = 32;
export const MAP_WEIGHTS = 64;
export const MAP_BIASES = 96;
/**
 * The coarse form, in integers of 16 bits: blocks `[UNITS / 2 + FACTOR_PAIRS, 16, 2]`, where the numbers 2 p and 2 p + 1
 * of an item lie side by side; weights as such pairs, `[outputs / 4, inputs / 2, 4]`; biases in 32 bits.
 */
export const ADDRESS_COARSE_BLOCKS = 128;
export const COARSE_BLOCK_BYTES = 132;
export const FACTOR_PAIRS = 136;
export const ADDRESS_COARSE_OUTPUT = 140;
/** Arrays of MAX_MAPS. */
export const COARSE_WEIGHTS = 160;
export const COARSE_BIASES = 192;
export const MODEL_BYTES = 256;

// A query: one user's request.
/** f32: the output's bias, and whatever else all items of this user share. */
export const Q_BIAS = 0;
/** f32: an item is a candidate when its logit is above it. */
export const Q_THRESHOLD = 4;
/** `[FACTORS]`, output weight times user. */
export const Q_ADDRESS_WEIGHTED = 8;
/** `[UNITS]`, the user's half of the first layer with its bias. */
export const Q_ADDRESS_HALF = 12;
/** A bit an item: 1 = may be a candidate. Bits behind the last item are 0. */
export const Q_ADDRESS_ELIGIBLE = 16;
/** Candidates: a heap with the worst first, or a list. */
export const Q_ADDRESS_SCORES = 20;
export const Q_ADDRESS_ITEMS = 24;
export const Q_CAPACITY = 28;
export const Q_SIZE = 32;
/** What is added to single items: pairs of item (u32) and f32, by item ascending, ended by an item 2^32 - 1. */
export const Q_ADDRESS_EVIDENCE = 36;
/** The scan's place in the evidence. */
export const Q_EVIDENCE_AT = 40;
/** Pairs of 16-bit integers: `[FACTOR_PAIRS]` and `[UNITS / 2]`. */
export const Q_ADDRESS_COARSE_WEIGHTED = 44;
export const Q_ADDRESS_COARSE_HALF = 48;
/** f32: what one unit of the factors' and of the tower's integer sum is worth. */
export const Q_FACTOR_STEP = 52;
export const Q_TOWER_STEP = 56;
export const QUERY_BYTES = 64;

// A thread's own slot.
/** `[widest layer, 16]` float32 each, or pairs of 16-bit integers: activations of a block. */
export const S_ADDRESS_FRONT = 0;
export const S_ADDRESS_BACK = 4;
/** `[16]` float32. */
export const S_ADDRESS_LOGITS = 8;
/** Queries, one behind the other. */
export const S_ADDRESS_QUERIES = 12;
export const SLOT_BYTES = 64;
