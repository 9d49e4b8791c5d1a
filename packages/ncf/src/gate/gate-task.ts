import { drawUsers } from '../evaluation/draw-users.ts';
import { EVALUATION_STREAM } from '../evaluation/evaluation-streams.ts';
import { NO_ITEM } from '../evaluation/split-leave-one-out.ts';
import type { History } from '../model-file/history.ts';
import { type IdTable, idTableFrom } from '../model-file/id-table.ts';
import type { Interactions } from '../preparation/interactions.ts';

/** Stands for a user or an item that a model does not know. */
export const UNKNOWN = -1;

/** What a model knows: its users, its items, and what each user has interacted with. */
export interface Known {
  readonly userIds: IdTable;
  readonly itemIds: IdTable;
  readonly history: Pick<History, 'offsets' | 'items'>;
}

/** The users that are ranked and their pairs after the cut, in the indices of one model. */
export interface GateSide {
  readonly itemCount: number;
  /** `[users]`, the model's user index or `UNKNOWN`. */
  readonly users: Int32Array;
  /** `[users + 1]` */
  readonly offsets: Uint32Array;
  /** `[pairs]`, the model's item index or `UNKNOWN`. */
  readonly positives: Int32Array;
  /** `[users]`, the items that the user has seen until the cut, by either model: not candidates. */
  readonly seen: readonly Uint32Array[];
}

export interface GateTask {
  /** Pairs after the cut of the users that a model knows. */
  readonly pairs: number;
  /** Users that are ranked: at most the limit of those with such a pair, drawn by seed. */
  readonly users: number;
  readonly pairsOfUnknownUsers: number;
  readonly twin: GateSide;
  readonly incumbent: GateSide | undefined;
}

export function knownFrom({ userIds, itemIds, offsets, items }: Interactions): Known {
  return { userIds: idTableFrom(userIds), itemIds: idTableFrom(itemIds), history: { offsets, items } };
}

/**
 * The pairs whose last event is after the cut and that are new to their users: neither the twin nor the incumbent has
 * the item in the user's history. Users whom neither model knows are misses for both; they would scale every figure by
 * the same factor and change no verdict, so they are counted and left out.
 *
 * `interactions`: all of the run, the pairs after the cut among them. Deterministic by seed.
 */
export function gateTask(work: {
  interactions: Interactions;
  cutMs: number;
  twin: Known;
  incumbent: Known | undefined;
  maxUsers: number;
  seed: number;
}): GateTask {
  const { interactions, cutMs, twin, incumbent, maxUsers, seed } = work;
  const models = incumbent === undefined ? [twin] : [twin, incumbent];
  const fresh = new Map<number, string[]>();
  let pairs = 0;
  let pairsOfUnknownUsers = 0;
  for (const [user, userId] of interactions.userIds.entries()) {
    const after = itemsAfter(interactions, user, cutMs);
    if (after.length === 0) continue;
    const own = models.map((model) => model.userIds.indexOf(userId));
    if (own.every((index) => index === UNKNOWN)) {
      pairsOfUnknownUsers += after.length;
      continue;
    }
    const seen = seenBy(models, own);
    const positives = after.filter((itemId) => !seen.has(itemId));
    if (positives.length === 0) continue;
    fresh.set(user, positives);
    pairs += positives.length;
  }
  const hasPairs = new Int32Array(interactions.userIds.length).fill(NO_ITEM);
  for (const user of fresh.keys()) hasPairs[user] = 0;
  const users = drawUsers(hasPairs, maxUsers, { seed, stream: EVALUATION_STREAM.gateUsers });
  const rows = Array.from(users, (user) => ({
    userId: interactions.userIds[user]!,
    positives: fresh.get(user)!,
  }));
  const side = (model: Known): GateSide => sideOf(model, models, rows);
  return {
    pairs,
    users: users.length,
    pairsOfUnknownUsers,
    twin: side(twin),
    incumbent: incumbent && side(incumbent),
  };
}

interface Row {
  readonly userId: string;
  readonly positives: readonly string[];
}

/** Ids of the items of a user's pairs whose last event is after the cut; they are the last of the row. */
function itemsAfter({ offsets, items, timestampsMs, itemIds }: Interactions, user: number, cutMs: number) {
  const found: string[] = [];
  for (let pair = offsets[user + 1]! - 1; pair >= offsets[user]! && timestampsMs[pair]! > cutMs; pair--) {
    found.push(itemIds[items[pair]!]!);
  }
  return found.reverse();
}

/** Ids of the items in a user's histories; `own`: the user's index in each model. */
function seenBy(models: readonly Known[], own: readonly number[]): Set<string> {
  const seen = new Set<string>();
  for (const [at, { history, itemIds }] of models.entries()) {
    const user = own[at]!;
    if (user === UNKNOWN) continue;
    for (let pair = history.offsets[user]!; pair < history.offsets[user + 1]!; pair++) {
      seen.add(itemIds.idAt(history.items[pair]!));
    }
  }
  return seen;
}

function sideOf(model: Known, models: readonly Known[], rows: readonly Row[]): GateSide {
  const users = Int32Array.from(rows, ({ userId }) => model.userIds.indexOf(userId));
  const offsets = new Uint32Array(rows.length + 1);
  for (const [place, { positives }] of rows.entries())
    offsets[place + 1] = offsets[place]! + positives.length;
  const positives = Int32Array.from(
    rows.flatMap((row) => row.positives),
    (itemId) => model.itemIds.indexOf(itemId),
  );
  const seen = rows.map(({ userId }, place) => {
    if (users[place] === UNKNOWN) return new Uint32Array(0);
    const own = models.map(({ userIds }) => userIds.indexOf(userId));
    const indices = [...seenBy(models, own)].map((itemId) => model.itemIds.indexOf(itemId));
    return Uint32Array.from(indices.filter((index) => index !== UNKNOWN)).sort();
  });
  return { itemCount: model.itemIds.count, users, offsets, positives, seen };
}
