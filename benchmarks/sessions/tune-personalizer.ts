import { createExactRanker, PERSONALIZER_DEFAULTS, type PersonalizerOptions } from '@sommelier/ncf';
import { type NextItemQuality, qualityOf, scoreSessions } from './next-item.ts';
import { ServedRanker } from './served-ranker.ts';
import type { Session } from './session.ts';
import type { ServedModel } from './trained-model.ts';

/** What is tried in place of each default. */
const VARIATIONS: { readonly [K in keyof PersonalizerOptions]?: readonly number[] } = {
  itemDecay: [0.3, 0.7, 0.9],
  repeatWeight: [0, 1, 2.5, 10],
  repeatDecay: [0.5, 0.9],
  scale: [0, 1, 2, 4, 8],
  slope: [10, 1_000],
  recentItems: [1, 5],
  unobservedWeight: [0.001, 0.01, 0.1],
};

export interface Variation {
  readonly option: string;
  readonly value: number | undefined;
  readonly quality: NextItemQuality;
}

/** The defaults, then each option by itself at other values. */
export function varyPersonalizer(
  served: ServedModel,
  validation: readonly Session[],
  onTried: (variation: Variation) => void,
): Variation[] {
  const ranker = createExactRanker(served.model.parameters);
  const measure = (options: Partial<PersonalizerOptions>) =>
    qualityOf(scoreSessions(new ServedRanker(served, options, ranker), validation));
  const variations: Variation[] = [];
  const note = (variation: Variation) => {
    variations.push(variation);
    onTried(variation);
  };
  note({ option: 'defaults', value: undefined, quality: measure({}) });
  for (const [option, values] of Object.entries(VARIATIONS)) {
    for (const value of values) {
      if (value === PERSONALIZER_DEFAULTS[option as keyof PersonalizerOptions]) continue;
      note({ option, value, quality: measure({ [option]: value }) });
    }
  }
  return variations;
}
