import type { Estimate, GateVerdict } from '@sommelier/contracts';

/** Fewest pairs after the cut that a comparison with the incumbent is made on. */
export const MIN_PAIRS = 500;
/** Fewest users that a candidate has to be surely better than popularity on; with fewer, a lead drowns in chance. */
export const MIN_USERS = 500;
/** A candidate is rejected when it is surely worse than the incumbent by more than this share of the incumbent's NDCG. */
export const INCUMBENT_TOLERANCE = 0.02;

/** What was measured after the cut. */
export interface AfterCut {
  readonly pairs: number;
  readonly users: number;
  /** Null when the incumbent is not compared with. */
  readonly incumbentNdcg: Estimate | null;
  /** NDCG of the twin less the incumbent's, and less popularity's, over the same users. */
  readonly difference: { readonly incumbent: Estimate | null; readonly popularity: Estimate };
}

export interface Comparison {
  /** Undefined when nothing could be measured there. */
  readonly afterCut: AfterCut | undefined;
  /** NDCG of the search's model less popularity's on the test items of all users. */
  readonly leaveOneOut: NonNullable<GateVerdict['leaveOneOut']>;
}

export interface Decision {
  readonly isAccepted: boolean;
  readonly reason: string;
}

/**
 * Whether a candidate may be served. It is rejected
 * - when the upper bound of its difference to the incumbent is below -2% of the incumbent's NDCG: it is surely worse;
 * - when the lower bound of its difference to popularity is not above 0, after the cut where at least 500 pairs of 500
 *   users are, else on the leave-one-out test items where at least 500 users have one;
 * - when the upper bound of either difference to popularity is below 0, however few users there are. A small shop's
 *   model cannot prove that it is better; it need not, as long as it is not surely worse.
 */
export function decide({ afterCut, leaveOneOut }: Comparison): Decision {
  const problems = [
    ...(afterCut === undefined ? [] : [incumbentProblem(afterCut)]),
    popularityProblem(afterCut, leaveOneOut),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) return { isAccepted: false, reason: problems.join('; ') };
  const found: string[] = [];
  const { incumbent = null, popularity = null } = afterCut?.difference ?? {};
  if (incumbent !== null) found.push(`NDCG less the incumbent's is ${interval(incumbent)}`);
  if (popularity !== null) found.push(`less popularity's ${interval(popularity)}`);
  found.push(
    `less popularity's on the last item of ${leaveOneOut.users} users ${interval(leaveOneOut.popularity)}`,
  );
  return { isAccepted: true, reason: found.join(', ') };
}

function incumbentProblem({ incumbentNdcg, difference: { incumbent } }: AfterCut): string | undefined {
  if (incumbent === null || incumbentNdcg === null) return undefined;
  const least = -INCUMBENT_TOLERANCE * incumbentNdcg.mean;
  if (!(incumbent.high < least)) return undefined;
  return `it is worse than the incumbent: NDCG differs by ${interval(incumbent)}, and the upper bound is below ${digits(least)} (-2% of ${digits(incumbentNdcg.mean)})`;
}

function popularityProblem(
  afterCut: AfterCut | undefined,
  leaveOneOut: Comparison['leaveOneOut'],
): string | undefined {
  const notBetter = (difference: Estimate, where: string): string =>
    `it is not surely better than popularity ${where}: NDCG differs by ${interval(difference)}, and the lower bound is not above 0`;
  const worse = (difference: Estimate, where: string): string =>
    `it is worse than popularity ${where}: NDCG differs by ${interval(difference)}`;
  const lastItems = `on the last item of ${leaveOneOut.users} users`;
  if (afterCut !== undefined) {
    const { popularity } = afterCut.difference;
    if (popularity.high < 0) return worse(popularity, 'after the cut');
    if (afterCut.pairs >= MIN_PAIRS && afterCut.users >= MIN_USERS) {
      return popularity.low > 0 ? undefined : notBetter(popularity, 'after the cut');
    }
  }
  const { popularity, users } = leaveOneOut;
  if (popularity.high < 0) return worse(popularity, lastItems);
  if (users >= MIN_USERS && !(popularity.low > 0)) return notBetter(popularity, lastItems);
  return undefined;
}

function interval({ mean, low, high }: Estimate): string {
  return `${digits(mean)} [${digits(low)}, ${digits(high)}]`;
}

function digits(value: number): string {
  return value.toFixed(4);
}
