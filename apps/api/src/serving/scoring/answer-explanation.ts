import {
  countBits,
  eligibleBits,
  itemContributions,
  type Model,
  type PersonalEvent,
  type RankedItem,
} from '@sommelier/ncf';
import type { Candidates } from './candidates.ts';
import { knownEvents, type PersonRanking, type PersonRankingParts } from './person-ranking.ts';
import type { ExplainedAnswer, TopRequest } from './scoring-protocol.ts';

interface Answered {
  /** -1 for somebody without a row. */
  readonly userIndex: number;
  readonly request: TopRequest;
  readonly ranking: PersonRanking;
  readonly ranked: readonly RankedItem[];
  readonly candidates: Candidates;
}

/** Which of the person's own items carried each item of an answer, and what of the catalogue was left to rank. */
export function explainAnswer(
  parts: PersonRankingParts,
  answered: Answered,
): Omit<ExplainedAnswer, 'scoreMs'> {
  const startedMs = performance.now();
  const carriedBy = carriersOf(parts, answered);
  const counts = countsOf(parts.model, answered.candidates);
  return { carriedBy, counts, explainMs: performance.now() - startedMs };
}

/** Popularity is carried by nobody's own items. */
function carriersOf(
  parts: PersonRankingParts,
  { userIndex, request, ranking, ranked }: Answered,
): ExplainedAnswer['carriedBy'] {
  if (ranking.strategy === 'popular') return ranked.map(() => []);
  const events = eventsBehind(parts, userIndex, request);
  const items = ranked.map(({ itemIndex }) => itemIndex);
  return itemContributions(parts, { events, nowMs: request.nowMs, items }).map((carriers) =>
    carriers.map(({ itemIndex, contribution }) => ({
      itemId: parts.model.itemIds.idAt(itemIndex),
      contribution,
    })),
  );
}

/**
 * What the person did. Of a user of the model, what the database does not say (any more, or just now) is taken from the
 * model's history, which knows no times: each item a millisecond after the one before, until the model was trained.
 */
function eventsBehind(
  { model, trainedUntilMs }: PersonRankingParts,
  userIndex: number,
  request: TopRequest,
): PersonalEvent[] {
  const events = knownEvents(model, request.events);
  if (userIndex < 0) return events;
  const told = new Set(events.map(({ itemIndex }) => itemIndex));
  const { offsets, items, strengths } = model.history;
  const end = offsets[userIndex + 1]!;
  for (let pair = offsets[userIndex]!; pair < end; pair++) {
    const itemIndex = items[pair]!;
    if (told.has(itemIndex)) continue;
    events.push({ itemIndex, weight: strengths[pair]!, timestampMs: trainedUntilMs - (end - 1 - pair) });
  }
  return events;
}

function countsOf(model: Model, { bits, eligible, excluded }: Candidates): ExplainedAnswer['counts'] {
  const items = model.itemIds.count;
  const met = countBits(eligibleBits(items, eligible, []));
  const notExcluded = countBits(eligibleBits(items, eligible, excluded));
  const left = countBits(bits);
  return { items, eligible: left, exclude: met - notExcluded, seen: notExcluded - left };
}
