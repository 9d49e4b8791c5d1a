import { type NextItemRanker, rankByScores } from './next-item.ts';
import type { Session } from './session.ts';

/** How much a step counts that lies `ago` steps before the last of `length`. */
export const STEP_WEIGHTS = {
  same: () => 1,
  div: (ago: number, length: number) => (length - ago) / length,
  linear: (ago: number) => Math.max(0, 1 - 0.1 * ago),
  quadratic: (ago: number, length: number) => ((length - ago) / length) ** 2,
  reciprocal: (ago: number) => 1 / (ago + 1),
  log: (ago: number) => 1 / Math.log10(ago + 1.7),
} as const;
export type StepWeight = keyof typeof STEP_WEIGHTS;

export interface SessionKnnOptions {
  /** Neighbours whose items are counted. */
  readonly neighbours: number;
  /** Latest sessions with an item of the current one among which the neighbours are looked for. */
  readonly sample: number;
  /** Weight of an item in the current session's vector, by its latest step. */
  readonly sessionWeight: StepWeight;
  /** Weight of a neighbour, by the latest step of the current session that it shares. */
  readonly neighbourWeight: StepWeight;
  /** An item counts 1 + this x log(sessions / sessions with the item). */
  readonly rareItems: number;
}

/**
 * Vector session-kNN (V-SKNN of Ludewig and Jannach, "Evaluation of Session-based Recommendation Algorithms", UMUAI
 * 2018): score(i) = sum over the nearest sessions n with i of sim(s, n) neighbourWeight(s, n) rarity(i), where sim is
 * the scalar product of the current session's decaying vector and the neighbour's binary one.
 */
export class SessionKnn {
  readonly #rows: string[][];
  /** Sessions with an item, the latest first. */
  readonly #byItem = new Map<string, number[]>();

  /** `sessions` by time, oldest first: its order is what "latest" means. */
  constructor(sessions: readonly Session[]) {
    this.#rows = sessions.map(({ items }) => [...new Set(items)]);
    for (let row = this.#rows.length - 1; row >= 0; row--) {
      for (const item of this.#rows[row]!) {
        const rows = this.#byItem.get(item);
        if (rows === undefined) this.#byItem.set(item, [row]);
        else rows.push(row);
      }
    }
  }

  ranker(options: SessionKnnOptions): NextItemRanker {
    return {
      rank: (beginning, next) => rankByScores(this.scores(beginning.items, options), beginning, next),
    };
  }

  /** Scores of the items of the nearest sessions. */
  scores(items: readonly string[], options: SessionKnnOptions): Map<string, number> {
    const steps = new Map<string, number>();
    for (const [step, item] of items.entries()) steps.set(item, items.length - 1 - step);
    const similarities = this.#similarities(steps, items.length, options);
    const nearest = [...similarities]
      .sort(([a, one], [b, other]) => other.similarity - one.similarity || b - a)
      .slice(0, options.neighbours);
    const scores = new Map<string, number>();
    const neighbourWeight = STEP_WEIGHTS[options.neighbourWeight];
    for (const [row, { similarity, ago }] of nearest) {
      const value = similarity * neighbourWeight(ago, items.length);
      if (!(value > 0)) continue;
      for (const item of this.#rows[row]!) {
        scores.set(item, (scores.get(item) ?? 0) + value * this.#rarity(item, options));
      }
    }
    return scores;
  }

  #similarities(steps: ReadonlyMap<string, number>, length: number, options: SessionKnnOptions) {
    const sampled = this.#sample([...steps.keys()], options.sample);
    const weightOf = STEP_WEIGHTS[options.sessionWeight];
    const similarities = new Map<number, { similarity: number; ago: number }>();
    for (const [item, ago] of steps) {
      const weight = weightOf(ago, length);
      for (const row of this.#byItem.get(item) ?? []) {
        if (row < sampled) break;
        const known = similarities.get(row);
        if (known === undefined) {
          similarities.set(row, { similarity: weight, ago });
        } else {
          known.similarity += weight;
          known.ago = Math.min(known.ago, ago);
        }
      }
    }
    return similarities;
  }

  /** The oldest of the `size` latest sessions that have one of the items. */
  #sample(items: readonly string[], size: number): number {
    const rows = new Set<number>();
    for (const item of items) for (const row of (this.#byItem.get(item) ?? []).slice(0, size)) rows.add(row);
    if (rows.size <= size) return 0;
    return [...rows].sort((a, b) => b - a)[size - 1]!;
  }

  #rarity(item: string, { rareItems }: SessionKnnOptions): number {
    if (rareItems === 0) return 1;
    return 1 + rareItems * Math.log(this.#rows.length / this.#byItem.get(item)!.length);
  }
}
