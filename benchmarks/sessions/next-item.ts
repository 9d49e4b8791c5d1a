import type { Session } from './session.ts';

/** Length of the list that the metrics look at. */
export const CUTOFF = 20;

/** Ranks the item that came next after the beginning of a session. */
export interface NextItemRanker {
  /**
   * Rank of `next` from 1, ties counted against it, Infinity when it is not among the best; `rankUnseen` the same
   * without the items of the beginning, which `next` must not be one of.
   */
  rank(beginning: Session, next: string): { rank: number; rankUnseen: number };
}

/** Sums over the beginnings of one session. */
export interface SessionScore {
  readonly beginnings: number;
  readonly hits: number;
  readonly reciprocalRanks: number;
  /** The same of the beginnings whose next item is new, own items left out of the list. */
  readonly unseenBeginnings: number;
  readonly unseenHits: number;
  readonly unseenReciprocalRanks: number;
}

/** Every beginning of every session, of length 1 to all but one. */
export function scoreSessions(
  ranker: NextItemRanker,
  sessions: readonly Session[],
  onProgress: (done: number) => void = () => {},
): SessionScore[] {
  return sessions.map((session, index) => {
    const score = {
      beginnings: 0,
      hits: 0,
      reciprocalRanks: 0,
      unseenBeginnings: 0,
      unseenHits: 0,
      unseenReciprocalRanks: 0,
    };
    for (let length = 1; length < session.items.length; length++) {
      const beginning = {
        items: session.items.slice(0, length),
        timestampsMs: session.timestampsMs.slice(0, length),
      };
      const next = session.items[length]!;
      const { rank, rankUnseen } = ranker.rank(beginning, next);
      score.beginnings++;
      if (rank <= CUTOFF) {
        score.hits++;
        score.reciprocalRanks += 1 / rank;
      }
      if (beginning.items.includes(next)) continue;
      score.unseenBeginnings++;
      if (rankUnseen <= CUTOFF) {
        score.unseenHits++;
        score.unseenReciprocalRanks += 1 / rankUnseen;
      }
    }
    onProgress(index + 1);
    return score;
  });
}

/** Ranks by scores of items; what has no score is not ranked. */
export function rankByScores(
  scores: ReadonlyMap<string, number>,
  beginning: Session,
  next: string,
): { rank: number; rankUnseen: number } {
  const own = scores.get(next);
  if (own === undefined) return { rank: Number.POSITIVE_INFINITY, rankUnseen: Number.POSITIVE_INFINITY };
  const seen = new Set(beginning.items);
  let rank = 1;
  let rankUnseen = 1;
  for (const [item, score] of scores) {
    if (item === next || score < own) continue;
    rank++;
    if (!seen.has(item)) rankUnseen++;
  }
  return { rank, rankUnseen };
}

export interface NextItemQuality {
  readonly hr20: number;
  readonly mrr20: number;
  readonly unseenHr20: number;
  readonly unseenMrr20: number;
}

/** Means over all beginnings. */
export function qualityOf(scores: readonly SessionScore[]): NextItemQuality {
  const total = (key: keyof SessionScore) => scores.reduce((sum, score) => sum + score[key], 0);
  return {
    hr20: total('hits') / total('beginnings'),
    mrr20: total('reciprocalRanks') / total('beginnings'),
    unseenHr20: total('unseenHits') / total('unseenBeginnings'),
    unseenMrr20: total('unseenReciprocalRanks') / total('unseenBeginnings'),
  };
}
