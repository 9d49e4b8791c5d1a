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
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Distinct items of each session. */
  readonly #rows: Uint32Array[];
  /** Sessions with an item, the latest first. */
  readonly #byItem: Uint32Array[];
  /** `[sessions]` of the latest question. */
  readonly #similarities: Float64Array;
  /** `[sessions]`, the latest step that a touched session shares. */
  readonly #agos: Uint32Array;
  /** Sessions whose similarity is not 0, nearest first. */
  #touched: number[] = [];
  /** `[items]`, zero between questions. */
  readonly #sums: Float64Array;

  /** `sessions` by time, oldest first: its order is what "latest" means. */
  constructor(sessions: readonly Session[]) {
    this.#rows = sessions.map(({ items }) =>
      Uint32Array.from(new Set(items), (item) => this.#numberOf(item)),
    );
    const byItem = this.#names.map((): number[] => []);
    for (let row = this.#rows.length - 1; row >= 0; row--) {
      for (const item of this.#rows[row]!) byItem[item]!.push(row);
    }
    this.#byItem = byItem.map((rows) => Uint32Array.from(rows));
    this.#similarities = new Float64Array(sessions.length);
    this.#agos = new Uint32Array(sessions.length);
    this.#sums = new Float64Array(this.#names.length);
  }

  ranker(options: SessionKnnOptions): NextItemRanker {
    return {
      rank: (beginning, next) => rankByScores(this.scores(beginning.items, options), beginning, next),
    };
  }

  /** Scores of the items of the nearest sessions. */
  scores(items: readonly string[], options: SessionKnnOptions): Map<string, number> {
    const neighbourWeight = STEP_WEIGHTS[options.neighbourWeight];
    const touched: number[] = [];
    for (const row of this.#nearest(items, options)) {
      const value = this.#similarities[row]! * neighbourWeight(this.#agos[row]!, items.length);
      if (!(value > 0)) continue;
      for (const item of this.#rows[row]!) {
        if (this.#sums[item] === 0) touched.push(item);
        this.#sums[item]! += value * this.#rarity(item, options);
      }
    }
    const scores = new Map(touched.map((item) => [this.#names[item]!, this.#sums[item]!]));
    for (const item of touched) this.#sums[item] = 0;
    return scores;
  }

  #numberOf(item: string): number {
    let number = this.#numbers.get(item);
    if (number === undefined) {
      number = this.#names.push(item) - 1;
      this.#numbers.set(item, number);
    }
    return number;
  }

  /** The nearest sessions of the sample, whose similarities and latest common steps stay until the next question. */
  #nearest(items: readonly string[], options: SessionKnnOptions): number[] {
    for (const row of this.#touched) this.#similarities[row] = 0;
    this.#touched = [];
    const agos = new Map<number, number>();
    for (const [step, item] of items.entries()) {
      const number = this.#numbers.get(item);
      if (number !== undefined) agos.set(number, items.length - 1 - step);
    }
    const oldest = this.#oldestOfSample([...agos.keys()], options.sample);
    const weightOf = STEP_WEIGHTS[options.sessionWeight];
    const touched = this.#touched;
    for (const [item, ago] of agos) {
      const weight = weightOf(ago, items.length);
      for (const row of this.#byItem[item]!) {
        if (row < oldest) break;
        if (this.#similarities[row] === 0) {
          touched.push(row);
          this.#agos[row] = ago;
        }
        this.#similarities[row]! += weight;
        this.#agos[row] = Math.min(this.#agos[row]!, ago);
      }
    }
    return touched
      .sort((a, b) => this.#similarities[b]! - this.#similarities[a]! || b - a)
      .slice(0, options.neighbours);
  }

  /** The oldest of the `size` latest sessions that have one of the items. */
  #oldestOfSample(items: readonly number[], size: number): number {
    const lists = items.map((item) => this.#byItem[item]!.subarray(0, size));
    const all = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
    if (all.length <= size) return 0;
    let end = 0;
    for (const list of lists) {
      all.set(list, end);
      end += list.length;
    }
    all.sort();
    let distinct = 0;
    for (let place = all.length - 1; place >= 0; place--) {
      if (all[place] !== all[place + 1] && ++distinct === size) return all[place]!;
    }
    return 0;
  }

  #rarity(item: number, { rareItems }: SessionKnnOptions): number {
    if (rareItems === 0) return 1;
    return 1 + rareItems * Math.log(this.#rows.length / this.#byItem[item]!.length);
  }
}
