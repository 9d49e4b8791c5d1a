import { curveAt, inverseCurve } from './curve.ts';
import { VISITOR_KINDS, VISITORS_WITH_AT_LEAST } from './published-profile.ts';
import { RandomStream, STREAMS } from './random-stream.ts';

/** What a visitor does: how many rows of each type the log gets from them. */
export interface Intentions {
  views: number;
  carts: number;
  purchases: number;
}

const EVENTS_AT_RANK = inverseCurve(VISITORS_WITH_AT_LEAST);

/**
 * Events of each visitor: the published distribution at evenly spread ranks, in random order, so that its shape is
 * exact at every size. With an `activity` of a, the visitors are the most active a-th part of a shop a times as large.
 */
export function drawActivity(visitorCount: number, activity: number, seed: number): Uint16Array {
  const published = VISITORS_WITH_AT_LEAST.points[0]![1];
  const counts = Uint16Array.from({ length: visitorCount }, (_, rank) =>
    Math.floor(curveAt(EVENTS_AT_RANK, ((rank + 0.5) / (visitorCount * activity)) * published) + 1e-9),
  );
  new RandomStream(seed, STREAMS.activityRanks).shuffle(counts);
  return counts;
}

/** Further purchases and carts of who buys or fills a cart at all, for each event beyond the first few. */
const FURTHER_PURCHASES = 0.088;
const FURTHER_CARTS = 0.095;
/** Share of bought items that were in the cart before. */
const BOUGHT_FROM_CART = 0.85;

/** Divides a visitor's events into views, carts and purchases. */
export function drawIntentions(events: number, random: RandomStream): Intentions {
  let kind: (typeof VISITOR_KINDS)[number] = VISITOR_KINDS[0];
  for (const candidate of VISITOR_KINDS) if (events >= candidate.fromEvents) kind = candidate;
  const draw = random.uniform();
  if (draw >= kind.buyers + kind.carters) return { views: events, carts: 0, purchases: 0 };
  const isBuyer = draw < kind.buyers;
  const purchases = isBuyer ? 1 + random.binomial(Math.max(0, events - 3), FURTHER_PURCHASES) : 0;
  const fromCart = random.binomial(purchases, BOUGHT_FROM_CART);
  const atLeast = isBuyer ? fromCart : 1;
  const free = Math.max(0, events - purchases - atLeast - 1);
  const carts = Math.min(events - purchases, atLeast + random.binomial(free, FURTHER_CARTS));
  return { views: events - purchases - carts, carts, purchases };
}
