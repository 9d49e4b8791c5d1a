import { type KernelBuild, ScoringSlot, type ScoringUser } from '@sommelier/kernel/score';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import { coarseUser } from './coarse-network.ts';
import { CoarseTrust } from './coarse-trust.ts';
import { eligibleBits, isSet, setBits } from './eligible-bits.ts';
import { type ItemEvidence, type SortedEvidence, sortEvidence } from './item-evidence.ts';
import { createItemScorer, type ItemScorer } from './item-scorer.ts';
import { scanErrorBound } from './scan-error.ts';
import { createScanMemory, type ScanMemory, ScanModel } from './scan-model.ts';
import { comparable, isBetter, type RankedItem, TopItems } from './top-items.ts';
import { type UserEmbedding, userEmbedding } from './user-embedding.ts';

/** Candidates beyond n that are scored again in float64: enough, unless logits differ by less than float32 shows. */
const SPARE_CANDIDATES = 16;
/** The same of the coarse scan, which shows less. */
const COARSE_SPARE_CANDIDATES = 54;
const NO_EVIDENCE: ItemEvidence = { items: [], values: [] };

export interface RankRequest {
  /** A row of the model's tables, or an embedding of the caller's. */
  readonly user: number | UserEmbedding;
  readonly n: number;
  /** A bit an item, `[ceil(items / 8)]`: item i may be recommended where bit i % 8 of byte i / 8 is 1. Default: all. */
  readonly eligible?: Uint8Array;
  /** Further items that may not be recommended; indices beyond the last item change nothing. */
  readonly excluded?: Iterable<number>;
  readonly evidence?: ItemEvidence;
}

export interface ExactRankerOptions {
  /** Where the items are; without it, the ranker has a memory of its own, for itself alone. */
  readonly memory?: ScanMemory | undefined;
  /** This ranker's place in the memory; no two threads may have the same. */
  readonly slot?: number;
  /** Default: the fastest that the runtime has. Answers are the same in all of them. */
  readonly build?: KernelBuild;
}

/**
 * Makes a ranker of a model's whole catalogue; the first one over a memory fills it.
 * @throws RangeError when the memory is of another shape, or the machine refuses one.
 */
export function createExactRanker(
  parameters: NeuMFParameters,
  options: ExactRankerOptions = {},
): ExactRanker {
  const { memory = createScanMemory(parameters.shape), slot = 0, build } = options;
  return new ExactRanker(parameters, memory === undefined ? undefined : new ScoringSlot(memory, slot, build));
}

/**
 * Ranks the whole catalogue exactly, in up to three steps, each with a proven bound of its error:
 * 1. a coarse scan in 16-bit integers keeps n + 54 candidates, which are scored again in float64, in the order of
 *    summation that `createScorer` states, the evidence added last; done, when the n-th best of them is above the
 *    scan's threshold by more than its error;
 * 2. else a scan in float32 keeps n + 16, and the same is asked of them;
 * 3. else a second scan in float32 lists every item that could belong to the best, and all of those are scored.
 * So the answer is that of a float64 brute force, bit by bit: exactly min(n, eligible) items, by score descending, ties
 * by item index ascending; NaN ranks like -Infinity. Not re-entrant.
 */
export class ExactRanker {
  readonly userCount: number;
  readonly itemCount: number;
  readonly #parameters: NeuMFParameters;
  readonly #scorer: ItemScorer;
  readonly #slot: ScoringSlot | undefined;
  readonly #model: ScanModel | undefined;
  readonly #coarseTrust = new CoarseTrust();

  /** @param slot where to scan; without one, everything is scored in float64. */
  constructor(parameters: NeuMFParameters, slot: ScoringSlot | undefined) {
    this.userCount = parameters.shape.userCount;
    this.itemCount = parameters.shape.itemCount;
    this.#parameters = parameters;
    this.#scorer = createItemScorer(parameters);
    if (slot !== undefined && slot.sizes.itemCount !== this.itemCount) {
      throw new RangeError(
        `the memory is for ${slot.sizes.itemCount} items, the model has ${this.itemCount}`,
      );
    }
    this.#slot = slot;
    this.#model = slot === undefined ? undefined : new ScanModel(parameters, slot);
  }

  /** The kernel that scans; `float64` for a model that does not fit into its memory. */
  get build(): KernelBuild | 'float64' {
    return this.#slot?.build ?? 'float64';
  }

  /**
   * logit(user, item) in float64, without evidence.
   * @throws RangeError when there is no such user or item.
   */
  scoreItem(user: number | UserEmbedding, item: number): number {
    this.#refuseUnknown(item);
    this.#scorer.setUser(this.#embedding(user));
    return this.#scorer.score(item);
  }

  /**
   * A user's n best items.
   * @throws RangeError when there is no such user, or n or the bits' length is not what it must be.
   */
  topN(request: RankRequest): RankedItem[] {
    return this.topNOfEach([request])[0]!;
  }

  /**
   * The n best items of several users; as many of them as the memory has room for go through the items together.
   * The same answers as one by one.
   * @throws RangeError as `topN`.
   */
  topNOfEach(requests: readonly RankRequest[]): RankedItem[][] {
    const atOnce = this.#slot?.sizes.queries ?? 1;
    const answers: RankedItem[][] = [];
    for (let from = 0; from < requests.length; from += atOnce) {
      const queries = requests.slice(from, from + atOnce).map((request) => this.#prepare(request));
      answers.push(...this.#rank(queries));
    }
    return answers;
  }

  /**
   * logit(user, item) in float64 plus the item's evidence, as `topN` scores it: `[items.length]`; -Infinity for NaN.
   * @throws RangeError when there is no such user or item, or for evidence that is none.
   */
  scoreItems({ user, evidence }: Pick<RankRequest, 'user' | 'evidence'>, items: ArrayLike<number>): number[] {
    const score = this.#scoreOf(this.#prepare({ user, n: 1, ...(evidence && { evidence }) }));
    return Array.from(items, (item) => {
      this.#refuseUnknown(item);
      return score(item);
    });
  }

  /**
   * An item's place among the eligible items and itself, from 1, and its score: one more than the number of eligible
   * items that `topN` would put before it, whether it is eligible or not. Exact in float64: a float32 scan leaves out
   * the items that are below its score by more than the scan's error, and only those near it are scored again.
   * @throws RangeError when there is no such user or item, or the bits' length is not what it must be.
   */
  rankOf(request: Omit<RankRequest, 'n'>, item: number): { rank: number; score: number } {
    this.#refuseUnknown(item);
    const query = this.#prepare({ ...request, n: 1 });
    const score = this.#scoreOf(query);
    const own = score(item);
    let rank = 1;
    const meet = (other: number) => {
      if (other !== item && isBetter(other, score(other), item, own)) rank++;
    };
    const scan = { query, ...this.#scannedUser(query) };
    if (!isFine(scan) || !(scan.error > 0) || own === Number.NEGATIVE_INFINITY) {
      for (const other of setBits(query.bits)) meet(other);
      return { rank, score: own };
    }
    const slot = this.#slot!;
    writeQuery(slot, 0, scan);
    // Twice the error: what is equal by float64 must not count as better.
    const better = new Uint8Array(query.bits.length);
    for (const other of flat(slot.collect(0, own + 2 * scan.error))) better[other >>> 3]! |= 1 << (other & 7);
    for (const other of flat(slot.collect(0, own - scan.error))) {
      if (isSet(better, other)) rank++;
      else meet(other);
    }
    return { rank, score: own };
  }

  #refuseUnknown(item: number): void {
    if (!(Number.isInteger(item) && item >= 0 && item < this.itemCount)) {
      throw new RangeError(`there is no item ${item} in a model of ${this.itemCount}`);
    }
  }

  #embedding(user: number | UserEmbedding): UserEmbedding {
    return typeof user === 'number' ? userEmbedding(this.#parameters, user) : user;
  }

  #prepare(request: RankRequest): Query {
    const { n, eligible, excluded = [], evidence = NO_EVIDENCE } = request;
    if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n is ${n}; it must be a whole number >= 0`);
    return {
      n: Math.min(n, this.itemCount),
      user: this.#embedding(request.user),
      bits: eligibleBits(this.itemCount, eligible, excluded),
      evidence: sortEvidence(evidence, this.itemCount),
    };
  }

  #rank(queries: readonly Query[]): RankedItem[][] {
    const answers = new Map<Query, RankedItem[]>();
    const scans = queries.map((query) => ({ query, ...this.#scannedUser(query) }));
    const coarse = this.#coarseTrust.isTrusted() ? scans.filter(isCoarse) : [];
    this.#scanCoarsely(coarse, answers);
    const rest = scans.filter(({ query }) => !answers.has(query));
    this.#scanFinely(rest.filter(isFine), answers);
    return queries.map((query) => answers.get(query) ?? this.#rankInFloat64(query));
  }

  /** What a scan needs of a query's user; nothing where it has to do without scans. */
  #scannedUser({ user, n, evidence }: Query): Partial<ScanUser> {
    const slot = this.#slot;
    const model = this.#model;
    if (slot === undefined || model === undefined || n === 0) return {};
    if (n + SPARE_CANDIDATES > slot.sizes.candidates || evidence.items.length > slot.sizes.evidence)
      return {};
    const { bias, scanned } = model.user(user);
    const error = scanErrorBound({ ...scanned, evidence: evidence.limit }, model.network);
    if (error === Number.POSITIVE_INFINITY) return {};
    const coarse = model.coarse === undefined ? undefined : coarseUser(scanned, model.coarse);
    return { fine: { bias, weighted: scanned.weighted, half: scanned.half }, error, coarse };
  }

  #scanCoarsely(scans: readonly CoarseScan[], answers: Map<Query, RankedItem[]>): void {
    const slot = this.#slot!;
    if (scans.length === 0) return;
    for (const [place, scan] of scans.entries()) {
      writeQuery(slot, place, scan);
      slot.writeCoarseUser(place, scan.coarse, this.#model!.coarse!.towerStep);
    }
    slot.scan(
      scans.map(({ query: { n } }) => Math.min(n + COARSE_SPARE_CANDIDATES, slot.sizes.candidates)),
      'coarse',
    );
    for (const [place, { query, error, coarse }] of scans.entries()) {
      const best = this.#bestCandidates(slot, place, query, error + coarse.error);
      this.#coarseTrust.note(best.proven);
      if (best.proven) answers.set(query, best.items.drain());
    }
  }

  #scanFinely(scans: readonly FineScan[], answers: Map<Query, RankedItem[]>): void {
    const slot = this.#slot!;
    if (scans.length === 0) return;
    for (const [place, scan] of scans.entries()) writeQuery(slot, place, scan);
    slot.scan(scans.map(({ query: { n } }) => n + SPARE_CANDIDATES));
    for (const [place, { query, error }] of scans.entries()) {
      const { items, proven } = this.#bestCandidates(slot, place, query, error);
      // Any item that is better than the worst of these has at least this float32 logit.
      const best = proven ? items : this.#topOf(query, flat(slot.collect(place, items.worstScore - error)));
      answers.set(query, best.drain());
    }
  }

  /**
   * The best of the candidates in float64, and whether no other item can be better: `error` bounds the scan's. Candidates
   * are scored from the best on, until none of the rest can be better.
   */
  #bestCandidates(slot: ScoringSlot, place: number, query: Query, error: number) {
    const candidates = slot.candidates(place);
    const logits = slot.candidateLogits(place);
    const order = Uint32Array.from(candidates.keys()).sort((a, b) => logits[b]! - logits[a]!);
    const score = this.#scoreOf(query);
    const items = new TopItems(query.n);
    for (const at of order) {
      if (items.size === query.n && items.worstScore > logits[at]! + error) return { items, proven: true };
      items.offer(candidates[at]!, score(candidates[at]!));
    }
    const threshold = slot.threshold(place);
    const proven = threshold === Number.NEGATIVE_INFINITY || items.worstScore > threshold + error;
    return { items, proven };
  }

  #rankInFloat64(query: Query): RankedItem[] {
    return query.n === 0 ? [] : this.#topOf(query, setBits(query.bits)).drain();
  }

  /** The n best of some items, scored in float64. */
  #topOf(query: Query, items: Iterable<number>): TopItems {
    const score = this.#scoreOf(query);
    const best = new TopItems(query.n);
    for (const item of items) best.offer(item, score(item));
    return best;
  }

  /** A query's score of an item: its logit, the evidence added last. Valid until the next query's. */
  #scoreOf({ user, evidence }: Query): (item: number) => number {
    const added = new Map(evidence.items.map((item, entry) => [item, evidence.values[entry]!]));
    this.#scorer.setUser(user);
    return (item) => {
      const extra = added.get(item);
      const logit = this.#scorer.score(item);
      return comparable(extra === undefined ? logit : logit + extra);
    };
  }
}

interface Query {
  readonly n: number;
  readonly user: UserEmbedding;
  readonly bits: Uint8Array;
  readonly evidence: SortedEvidence;
}

interface ScanUser {
  readonly fine: ScoringUser;
  /** Bound of the fine scan's error; the coarse one's comes on top. */
  readonly error: number;
  readonly coarse: ReturnType<typeof coarseUser>;
}

type FineScan = { readonly query: Query } & ScanUser;
type CoarseScan = FineScan & { readonly coarse: NonNullable<ScanUser['coarse']> };

function isFine(scan: { readonly query: Query } & Partial<ScanUser>): scan is FineScan {
  return scan.fine !== undefined;
}

function isCoarse(scan: { readonly query: Query } & Partial<ScanUser>): scan is CoarseScan {
  return isFine(scan) && scan.coarse !== undefined;
}

function writeQuery(slot: ScoringSlot, place: number, { query, fine }: FineScan): void {
  slot.writeUser(place, fine);
  slot.writeEvidence(place, query.evidence.items, query.evidence.values);
  slot.eligible(place).fill(0).set(query.bits);
}

function* flat(pieces: Iterable<Uint32Array>): Generator<number> {
  for (const piece of pieces) yield* piece;
}
