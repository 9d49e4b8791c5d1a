import { type Strategy, strategySchema } from '@sommelier/contracts';
import type { Sample } from '@sommelier/platform';

/** Where a user's answer came from: given again, or asked of the model. */
export type AnswerSource = 'cache' | 'model';

/** Counts users' answers by strategy and by where they came from, for whoever scrapes. */
export class AnswerMeter {
  readonly #counts: Record<AnswerSource, Record<Strategy, number>> = { cache: zeros(), model: zeros() };

  count(source: AnswerSource, strategy: Strategy): void {
    this.#counts[source][strategy]++;
  }

  samples(metricName: string): Sample[] {
    return Object.entries(this.#counts).flatMap(([source, strategies]) =>
      Object.entries(strategies).map(([strategy, value]) => ({
        metricName,
        labels: { source, strategy },
        value,
      })),
    );
  }
}

function zeros(): Record<Strategy, number> {
  return Object.fromEntries(strategySchema.options.map((strategy) => [strategy, 0])) as Record<
    Strategy,
    number
  >;
}
