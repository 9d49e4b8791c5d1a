import type { Sample } from './register-samples.ts';

/** Upper bounds of the buckets of HTTP requests, seconds: from an answer out of the cache to one that gave up. */
export const REQUEST_SECONDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * Durations in buckets, without labels: noting one is a comparison or two and two additions, where the library's own
 * histogram builds a text of the labels each time. Whoever has labels keeps one of these for each.
 */
export class DurationHistogram {
  readonly #bounds: readonly number[];
  /** One more than there are bounds: what is longer than the last. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[] = REQUEST_SECONDS) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += seconds;
  }

  /** As Prometheus has it: cumulative counts by upper bound, their sum and their number. */
  samples(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    let below = 0;
    const buckets = [...this.#bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
      below += this.#counts[index]!;
      const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: below },
    ];
  }
}
