import type { Estimate, GateVerdict } from '@sommelier/contracts';

/** Fewest pairs after the cut that a comparison with the incumbent is made on. */
export const MIN_PAIRS = 500;
/** Fewest users that a candidate has to be better than popularity on; with fewer, a lead drowns in chance. */
export const MIN_USERS = 500;
/**
 * Fewest users that it has to be surely better on. NDCG@10 of a user less popularity's scatters by about .2, so that 2,000
 * users show a lead of .015 nineteen times in twenty, and 500 one of .03, which good models of small shops do not have.
 */
export const MIN_USERS_TO_BE_SURE = 2_000;
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
 * - when it is not better than popularity, after the cut where at least 500 pairs of 500 users are, else on the
 *   leave-one-out test items where at least 500 users have one: the difference must be above 0, and with at least 2,000
 *   users its lower bound;
 * - when the upper bound of its difference to popularity is below 0 after the cut or, where that does not decide, on the
 *   test items, however few users there are; but a few users after the cut do not outweigh at least 500 with a test item,
 *   on which it is surely better. A small shop's model cannot prove that it is better; it need not, as long as it is not
 *   surely worse.
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
  const lastItems = `on the last item of ${leaveOneOut.users} users`;
  if (afterCut !== undefined) {
    const { popularity } = afterCut.difference;
    const isTold = afterCut.pairs >= MIN_PAIRS && afterCut.users >= MIN_USERS;
    // A few dozen users do not outweigh what hundreds surely say.
    const isOutweighed = !isTold && leaveOneOut.users >= MIN_USERS && leaveOneOut.popularity.low > 0;
    if (popularity.high < 0 && !isOutweighed) return worse(popularity, 'after the cut');
    if (isTold) return notBetter(popularity, afterCut.users, 'after the cut');
  }
  const { popularity, users } = leaveOneOut;
  if (popularity.high < 0) return worse(popularity, lastItems);
  return users >= MIN_USERS ? notBetter(popularity, users, lastItems) : undefined;
}

function worse(difference: Estimate, where: string): string {
  return `it is worse than popularity ${where}: NDCG differs by ${interval(difference)}`;
}

/** As sure as so many users can be. */
function notBetter(difference: Estimate, users: number, where: string): string | undefined {
  const differs = `than popularity ${where}: NDCG differs by ${interval(difference)}`;
  if (users < MIN_USERS_TO_BE_SURE) return difference.mean > 0 ? undefined : `it is not better ${differs}`;
  if (difference.low > 0) return undefined;
  return `it is not surely better ${differs}, and the lower bound is not above 0`;
}

function interval({ mean, low, high }: Estimate): string {
  return `${digits(mean)} [${digits(low)}, ${digits(high)}]`;
}

function digits(value: number): string {
  return value.toFixed(4);
}
