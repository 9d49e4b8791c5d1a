import {
  Q_ADDRESS_ITEMS, Q_ADDRESS_SCORES, Q_CAPACITY, Q_EVIDENCE_AT, Q_SIZE, Q_THRESHOLD,
} from '../src/score-plan';

/** Adds the evidence of the items from `first` to `first + 16` to their logits. Blocks must come in ascending order. */
export function addEvidence(query: usize, logits: usize, first: u32): void {
  let at: usize = load<u32>(query, Q_EVIDENCE_AT);
  for (let item = load<u32>(at); item - first < 16; item = load<u32>(at)) {
    const logit = logits + (<usize>(item - first) << 2);
    store<f32>(logit, load<f32>(logit) + load<f32>(at, 4));
    at += 8;
  }
  store<u32>(query, <u32>at, Q_EVIDENCE_AT);
}

/** Moves the scan's place in the evidence on to the first item that is not below `first`. */
export function seekEvidence(query: usize, first: u32): void {
  let at: usize = load<u32>(query, Q_EVIDENCE_AT);
  while (load<u32>(at) < first) at += 8;
  store<u32>(query, <u32>at, Q_EVIDENCE_AT);
}

/** Keeps the items of a block whose bit is set: the best Q_CAPACITY stay, the worst of them is the threshold. */
export function keepBest(query: usize, logits: usize, first: u32, bits: u32): void {
  const scores: usize = load<u32>(query, Q_ADDRESS_SCORES);
  const items: usize = load<u32>(query, Q_ADDRESS_ITEMS);
  const capacity = load<u32>(query, Q_CAPACITY);
  for (; bits != 0; bits &= bits - 1) {
    const lane = ctz(bits);
    const score = load<f32>(logits + (<usize>lane << 2));
    const size = load<u32>(query, Q_SIZE);
    if (size < capacity) {
      store<u32>(query, size + 1, Q_SIZE);
      rise(scores, items, size, score, first + lane);
      if (size + 1 == capacity) store<f32>(query, load<f32>(scores), Q_THRESHOLD);
    } else if (score > load<f32>(scores)) {
      sink(scores, items, capacity, score, first + lane);
      store<f32>(query, load<f32>(scores), Q_THRESHOLD);
    }
  }
}

function rise(scores: usize, items: usize, place: u32, score: f32, item: u32): void {
  while (place > 0) {
    const parent = (place - 1) >>> 1;
    const above = load<f32>(scores + (<usize>parent << 2));
    if (above <= score) break;
    put(scores, items, place, above, load<u32>(items + (<usize>parent << 2)));
    place = parent;
  }
  put(scores, items, place, score, item);
}

/** Replaces the worst. */
function sink(scores: usize, items: usize, size: u32, score: f32, item: u32): void {
  let place: u32 = 0;
  for (;;) {
    let child: u32 = 2 * place + 1;
    if (child >= size) break;
    let below = load<f32>(scores + (<usize>child << 2));
    if (child + 1 < size) {
      const right = load<f32>(scores + (<usize>child << 2), 4);
      if (right < below) {
        below = right;
        child++;
      }
    }
    if (score <= below) break;
    put(scores, items, place, below, load<u32>(items + (<usize>child << 2)));
    place = child;
  }
  put(scores, items, place, score, item);
}

/** Appends the items of a block whose bit is set; the list must have room for 16. */
export function keepAll(query: usize, first: u32, bits: u32): void {
  const items: usize = load<u32>(query, Q_ADDRESS_ITEMS);
  let size = load<u32>(query, Q_SIZE);
  for (; bits != 0; bits &= bits - 1, size++) store<u32>(items + (<usize>size << 2), first + ctz(bits));
  store<u32>(query, size, Q_SIZE);
}

// @ts-expect-error: decorator
@inline
function put(scores: usize, items: usize, place: u32, score: f32, item: u32): void {
  store<f32>(scores + (<usize>place << 2), score);
  store<u32>(items + (<usize>place << 2), item);
}
