import type { ExactRanker, RankedItem } from '@sommelier/ncf';
import type { PlannedRanking } from './model-scoring.ts';
import type { Scored, ScoreRequest, ScoreResult } from './scoring-protocol.ts';
import { threadError } from './thread-error.ts';

/**
 * Answers several requests on one model, those that are ranked in common passes over the items; the same answers as one
 * by one. A request that fails has its error for an answer, and the others theirs.
 */
export function scoreEach(
  ranker: ExactRanker,
  score: (request: ScoreRequest) => ScoreResult | PlannedRanking,
  requests: readonly ScoreRequest[],
): Scored[] {
  const plans = requests.map((request) => attempt(() => score(request)));
  const rankings = plans.filter(isPlanned);
  const ranked = rankTogether(ranker, rankings);
  return plans.map((plan) => {
    if (!isPlanned(plan)) return plan;
    return attempt(() => plan.answer(ranked?.get(plan) ?? ranker.topN(plan.rank)));
  });
}

/** Undefined when one of them fails: they are ranked one by one then, so that it fails alone. */
function rankTogether(
  ranker: ExactRanker,
  plans: readonly PlannedRanking[],
): Map<PlannedRanking, RankedItem[]> | undefined {
  try {
    const ranked = ranker.topNOfEach(plans.map(({ rank }) => rank));
    return new Map(plans.map((plan, index) => [plan, ranked[index]!]));
  } catch {
    return undefined;
  }
}

function attempt<T>(answer: () => T): T | Extract<Scored, { error: unknown }> {
  try {
    return answer();
  } catch (error) {
    return { error: threadError(error, 'internal') };
  }
}

function isPlanned(plan: Scored | PlannedRanking): plan is PlannedRanking {
  return 'rank' in plan;
}
