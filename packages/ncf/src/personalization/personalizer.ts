import type { Model } from '../model-file/model.ts';
import type { ItemEvidence } from '../ranking/item-evidence.ts';
import type { UserEmbedding } from '../ranking/user-embedding.ts';
import { FoldIn, type FoldInOptions, type WeightedItem } from './fold-in.ts';
import type { PersonalizerTables } from './personalizer-tables.ts';
import { distinctItems, latestEvents, type PersonalEvent, recency } from './recent-events.ts';
import { type EvidenceOptions, sessionEvidence } from './session-evidence.ts';

export interface PersonalizerOptions extends FoldInOptions, EvidenceOptions {}

/** How they were chosen is in docs/personalization.md. */
export const PERSONALIZER_DEFAULTS: PersonalizerOptions = {
  strengthWeight: 'strength',
  unobservedWeight: 0.1,
  regularisation: 0.007,
  recentItems: 20,
  itemDecay: 0.5,
  repeatWeight: 5,
  repeatDecay: 0.75,
  scale: 3,
  slope: 100,
  halfLifeDays: 30,
};

export interface PersonalizeRequest {
  /** The user's row in the model; absent for somebody that it does not know. */
  readonly userIndex?: number | undefined;
  /**
   * What the person did, in any order, items that the model does not know left out: all of it for somebody without a
   * row, at least what is newer than the model for a user with one. Their order is that of their times.
   */
  readonly events: readonly PersonalEvent[];
  /**
   * Unix ms. The events' ages are measured against it, or against the latest event where that is older: whoever comes
   * back after a year is known by what they did then.
   */
  readonly nowMs: number;
}

export interface Personalization {
  /** For the ranker; undefined when there is neither a row nor an event: then popularity is all that is known. */
  readonly user: number | UserEmbedding | undefined;
  readonly evidence: ItemEvidence;
  /** `personalized` for a user of the model, `folded-in` for somebody whose events alone are known. */
  readonly strategy: 'personalized' | 'folded-in';
}

export interface Personalizer {
  /**
   * Deterministic; a few milliseconds.
   * @throws RangeError when there is no such user or item, or an event's weight or time is not a number that counts.
   */
  personalize(request: PersonalizeRequest): Personalization;
  /**
   * What the events alone say of somebody, as if they had no row; of no events at all it is the least squares' answer to
   * nothing, a row of zeros. `user` is undefined when there is no finite solution.
   * @throws RangeError as `personalize`.
   */
  foldIn(request: Omit<PersonalizeRequest, 'userIndex'>): FoldedIn;
}

export interface FoldedIn {
  readonly user: UserEmbedding | undefined;
  readonly evidence: ItemEvidence;
}

const DAY_MS = 86_400_000;

/**
 * Makes what finds, for anybody's events, the user side of a model and the evidence to add to its logits; both go into
 * a ranker's request.
 * @param tables what does not depend on the user, of the same model; default: computed here, in items x factors^2
 * operations.
 */
export function createPersonalizer(
  model: Model,
  options: Partial<PersonalizerOptions> = {},
  tables?: PersonalizerTables,
): Personalizer {
  const settings = { ...PERSONALIZER_DEFAULTS, ...options };
  const foldIn = new FoldIn(model, settings, tables);
  const { userCount, itemCount } = model.parameters.shape;
  const isWeighted = settings.strengthWeight === 'strength';
  const read = ({ events, nowMs }: Omit<PersonalizeRequest, 'userIndex'>) => {
    const latest = latestEvents(events, itemCount);
    const referenceMs = Math.min(nowMs, latest[0]?.timestampMs ?? nowMs);
    const evidence = sessionEvidence(latest, referenceMs, model.itemToItem, settings);
    const halfLifeMs = settings.halfLifeDays * DAY_MS;
    const items = distinctItems(latest)
      .map(({ itemIndex, weight, timestampMs }) => ({
        itemIndex,
        weight: (isWeighted ? weight : 1) * recency(timestampMs, referenceMs, halfLifeMs),
      }))
      .reverse();
    return { evidence, items };
  };
  return {
    personalize({ userIndex, ...did }) {
      if (
        userIndex !== undefined &&
        !(Number.isInteger(userIndex) && userIndex >= 0 && userIndex < userCount)
      ) {
        throw new RangeError(`there is no user ${userIndex} in a model of ${userCount}`);
      }
      const { evidence, items } = read(did);
      if (userIndex === undefined) {
        const user = items.length === 0 ? undefined : foldIn.newUser(items);
        return { user, evidence, strategy: 'folded-in' };
      }
      const newer = beyondHistory(model, userIndex, items, isWeighted);
      const user = newer.length === 0 ? userIndex : foldIn.knownUser(userIndex, newer);
      return { user, evidence, strategy: 'personalized' };
    },
    foldIn(did) {
      const { evidence, items } = read(did);
      return { user: foldIn.newUser(items), evidence };
    },
  };
}

/** What the items weigh more than in the user's history, which the trained row has seen. */
function beyondHistory(
  { history }: Model,
  user: number,
  items: readonly WeightedItem[],
  isWeighted: boolean,
): WeightedItem[] {
  const known = new Map<number, number>();
  for (let pair = history.offsets[user]!; pair < history.offsets[user + 1]!; pair++) {
    known.set(history.items[pair]!, isWeighted ? history.strengths[pair]! : 1);
  }
  return items
    .map(({ itemIndex, weight }) => ({ itemIndex, weight: weight - (known.get(itemIndex) ?? 0) }))
    .filter(({ weight }) => weight > 0);
}
