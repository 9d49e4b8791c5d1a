import {
  ADDRESS_BLOCKS, ADDRESS_COARSE_BLOCKS, BLOCK_BYTES, BLOCK_COUNT, COARSE_BLOCK_BYTES, Q_ADDRESS_ELIGIBLE, Q_ADDRESS_EVIDENCE, Q_CAPACITY, Q_EVIDENCE_AT, Q_SIZE, Q_THRESHOLD,
  QUERY_BYTES, S_ADDRESS_LOGITS, S_ADDRESS_QUERIES,
} from '../src/score-plan';
import { scoreBlock } from './score-block';
import { addEvidence, keepAll, keepBest, seekEvidence } from './score-candidates';
import { scoreBlockCoarsely } from './score-coarse';

/** Bytes of items that all queries go through before the next ones: they stay in the second-level cache. */
const CHUNK_BYTES: usize = 131_072;

/**
 * Bits of the block's items that are eligible and above the query's threshold; 0 without computing anything where none
 * is eligible.
 */
// @ts-expect-error: decorator
@inline
function candidates(model: usize, slot: usize, query: usize, block: u32, coarse: bool): u32 {
  const eligible: u32 = load<u16>(<usize>load<u32>(query, Q_ADDRESS_ELIGIBLE) + (<usize>block << 1));
  if (eligible == 0) return 0;
  if (coarse) {
    const at = <usize>load<u32>(model, ADDRESS_COARSE_BLOCKS) + <usize>block * load<u32>(model, COARSE_BLOCK_BYTES);
    scoreBlockCoarsely(model, slot, query, at);
  } else {
    const at = <usize>load<u32>(model, ADDRESS_BLOCKS) + <usize>block * load<u32>(model, BLOCK_BYTES);
    scoreBlock(model, slot, query, at);
  }
  const logits: usize = load<u32>(slot, S_ADDRESS_LOGITS);
  const first = block << 4;
  const next = load<u32>(load<u32>(query, Q_EVIDENCE_AT));
  if (next < first + 16) {
    if (next < first) seekEvidence(query, first);
    addEvidence(query, logits, first);
  }
  const threshold = v128.load32_splat(query, Q_THRESHOLD);
  const b0 = f32x4.gt(v128.load(logits), threshold);
  const b1 = f32x4.gt(v128.load(logits, 16), threshold);
  const b2 = f32x4.gt(v128.load(logits, 32), threshold);
  const b3 = f32x4.gt(v128.load(logits, 48), threshold);
  if (!v128.any_true(v128.or(v128.or(b0, b1), v128.or(b2, b3)))) return 0;
  const above = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(b0, b1), i16x8.narrow_i32x4_s(b2, b3)));
  return <u32>above & eligible;
}

/**
 * Each query of the slot keeps its best Q_CAPACITY eligible items, as a heap with the worst first.
 * @param coarse by their coarse logits.
 */
export function scan(model: usize, slot: usize, queryCount: u32, coarse: bool): void {
  const logits: usize = load<u32>(slot, S_ADDRESS_LOGITS);
  const queries: usize = load<u32>(slot, S_ADDRESS_QUERIES);
  const blocks = load<u32>(model, BLOCK_COUNT);
  const chunk: u32 = queryCount == 1 ? blocks : max<u32>(1, <u32>(CHUNK_BYTES / load<u32>(model, BLOCK_BYTES)));
  for (let from: u32 = 0; from < blocks; from += chunk) {
    const to = min(blocks, from + chunk);
    for (let index: u32 = 0; index < queryCount; index++) {
      const query = queries + <usize>index * QUERY_BYTES;
      for (let block = from; block < to; block++) {
        const bits = candidates(model, slot, query, block, coarse);
        if (bits != 0) keepBest(query, logits, block << 4, bits);
      }
    }
  }
}

/**
 * Lists a query's eligible items above its threshold, from a block on, until the list has no room for another block.
 * @returns the block to go on from; the number of blocks when none is left.
 */
export function collect(model: usize, slot: usize, index: u32, from: u32): u32 {
  const query = <usize>load<u32>(slot, S_ADDRESS_QUERIES) + <usize>index * QUERY_BYTES;
  const blocks = load<u32>(model, BLOCK_COUNT);
  const room = load<u32>(query, Q_CAPACITY) - 16;
  store<u32>(query, load<u32>(query, Q_ADDRESS_EVIDENCE), Q_EVIDENCE_AT);
  for (; from < blocks && load<u32>(query, Q_SIZE) <= room; from++) {
    const bits = candidates(model, slot, query, from, false);
    if (bits != 0) keepAll(query, from << 4, bits);
  }
  return from;
}
