import type { Probe } from '@sommelier/contracts';
import { createExactRanker, type ExactRanker } from '../ranking/exact-ranker.ts';
import { itemsOfUser } from './history.ts';
import { invalid } from './invalid.ts';
import type { Model } from './model.ts';

/** Difference of two readers' scores of the same pair that rounding may explain, relative above 1. */
const TOLERANCE = 1e-5;
const MAX_PROBES = 64;

/**
 * Users spread evenly over the table, each with the exact top items that they have not interacted with, and their
 * float64 logits. Deterministic.
 */
export function makeProbes(
  model: Model,
  count = 5,
  n = 10,
  ranker: ExactRanker = createExactRanker(model.parameters),
): Probe[] {
  const { userCount } = model.parameters.shape;
  const probes = Math.min(count, userCount);
  return Array.from({ length: probes }, (_, k) => {
    const user = Math.floor(((k + 0.5) * userCount) / probes);
    const top = ranker.topN({ user, n, excluded: itemsOfUser(model.history, user) });
    return {
      userId: model.userIds.idAt(user),
      items: top.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score })),
    };
  });
}

/**
 * Checks that a model gives the lists that its manifest promises: scores within 1e-5, order only where scores differ
 * by more.
 * @throws SommelierError `model-file-invalid` that names the user and what differs.
 */
export function checkProbes(model: Model, ranker: ExactRanker, probes: readonly Probe[]): void {
  if (probes.length === 0 || probes.length > MAX_PROBES) {
    throw invalid(`the manifest has ${probes.length} probes; it must have 1 to ${MAX_PROBES}`);
  }
  for (const probe of probes) checkProbe(model, ranker, probe);
}

function checkProbe(model: Model, ranker: ExactRanker, probe: Probe): void {
  const where = `the probe of user ${JSON.stringify(probe.userId)}`;
  const user = model.userIds.indexOf(probe.userId);
  if (user === -1) throw invalid(`${where}: the model does not know this user`);
  const seen = new Set(itemsOfUser(model.history, user));
  const top = ranker.topN({ user, n: probe.items.length, excluded: seen });
  if (top.length !== probe.items.length) {
    throw invalid(`${where} lists ${probe.items.length} items, but only ${top.length} can be recommended`);
  }
  const listed = new Set<number>();
  for (const [rank, { itemId, score }] of probe.items.entries()) {
    const item = model.itemIds.indexOf(itemId);
    if (item === -1) throw invalid(`${where}: the model does not know item ${JSON.stringify(itemId)}`);
    if (seen.has(item) || listed.has(item)) {
      throw invalid(`${where}: item ${JSON.stringify(itemId)} must not be in the list (again)`);
    }
    listed.add(item);
    const logit = ranker.scoreItem(user, item);
    if (!isClose(logit, score)) {
      throw invalid(`${where}: item ${JSON.stringify(itemId)} has score ${logit}, not ${score}`);
    }
    const best = top[rank]!;
    if (!isClose(best.score, score)) {
      const bestId = JSON.stringify(model.itemIds.idAt(best.itemIndex));
      throw invalid(`${where}: item ${bestId} (${best.score}) belongs at rank ${rank + 1}, not ${score}`);
    }
  }
}

function isClose(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}
