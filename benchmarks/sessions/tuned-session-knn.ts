import { coordinateSearch } from './coordinate-search.ts';
import { qualityOf, scoreSessions } from './next-item.ts';
import type { Session } from './session.ts';
import { SessionKnn, type SessionKnnOptions, STEP_WEIGHTS, type StepWeight } from './session-knn.ts';

/** Where the search begins: what Ludewig and Jannach's study used most. */
const START: SessionKnnOptions = {
  neighbours: 100,
  sample: 1_000,
  sessionWeight: 'div',
  neighbourWeight: 'linear',
  rareItems: 1,
};

const PASSES = 2;
const steps = Object.keys(STEP_WEIGHTS) as StepWeight[];
const GRID = {
  neighbours: [50, 100, 200, 500, 1_000],
  sample: [500, 1_000, 2_500, 5_000, 10_000],
  sessionWeight: steps,
  neighbourWeight: steps,
  rareItems: [0, 0.5, 1, 2, 5],
};

/** The options with the highest sum of HR@20 and MRR@20 on validation sessions, one option after another. */
export function tuneSessionKnn(
  train: readonly Session[],
  validation: readonly Session[],
  onTried: (options: SessionKnnOptions, hr20: number, mrr20: number) => void,
): SessionKnnOptions {
  const knn = new SessionKnn(train);
  let hr20 = 0;
  let mrr20 = 0;
  const { best } = coordinateSearch(
    START,
    GRID,
    (options) => {
      ({ hr20, mrr20 } = qualityOf(scoreSessions(knn.ranker(options), validation)));
      return hr20 + mrr20;
    },
    (options) => onTried(options, hr20, mrr20),
    PASSES,
  );
  return best;
}
