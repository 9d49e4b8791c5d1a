import type { Estimate, GateVerdict } from '@sommelier/contracts';
import { bootstrapEstimates } from '../evaluation/bootstrap.ts';
import { type ChosenFit, type FitWork, fitModel } from '../evaluation/fit-model.ts';
import { createItemKnnRanker } from '../evaluation/item-knn-ranker.ts';
import { createPopularityRanker } from '../evaluation/popularity-ranker.ts';
import type { Ranker } from '../evaluation/rank-positives.ts';
import { trainingPairsOf } from '../evaluation/split-leave-one-out.ts';
import type { TrainingProgress } from '../evaluation/training-progress.ts';
import type { Model } from '../model-file/model.ts';
import { encodeSnapshot } from '../model-file/snapshot.ts';
import { sha256Hex } from '../model-file/verify-model.ts';
import { type Comparison, decide } from './decide.ts';
import type { GatePlan } from './gate-plan.ts';
import type { GateSide } from './gate-task.ts';
import { ndcgAfterCut } from './rank-after-cut.ts';

type GateCut = NonNullable<GatePlan['cut']>;

/** NDCG by ranker, each `[users]`, of the same users in the same order. */
interface Series {
  readonly twin: Float64Array;
  readonly popularity: Float64Array;
  readonly itemKnn: Float64Array;
  readonly incumbent: Float64Array | undefined;
}

/**
 * Trains the twin, ranks what is after the cut by twin, popularity, item-kNN and incumbent, and gives the verdict. One
 * engine is alive at a time; `onEngineGone` is called between the twin's and the incumbent's, and at the end.
 * Deterministic as far as the engine is.
 */
export async function judgeCandidate(
  work: FitWork & { readonly onEngineGone?: () => void },
  plan: GatePlan,
  chosen: ChosenFit & { readonly leaveOneOut: Comparison['leaveOneOut'] },
  progress: TrainingProgress,
): Promise<GateVerdict> {
  const { cutoff } = work.config.evaluation;
  const force = work.config.force ?? null;
  const { leaveOneOut } = chosen;
  if (plan.cut === undefined) return withoutTwin(plan, { cutoff, force, leaveOneOut });
  const { cut } = plan;
  const judge = () => compare(work, { ...plan, cut }, chosen, progress);
  return work.journal === undefined ? judge() : work.journal.judged(() => planSha256(plan), judge);
}

async function compare(
  work: FitWork & { readonly onEngineGone?: () => void },
  plan: GatePlan & { cut: GateCut },
  chosen: ChosenFit & { readonly leaveOneOut: Comparison['leaveOneOut'] },
  progress: TrainingProgress,
): Promise<GateVerdict> {
  const { cutoff, bootstrapResamples } = work.config.evaluation;
  const force = work.config.force ?? null;
  const { leaveOneOut } = chosen;
  const { task } = plan.cut;
  const own = await rankByTwin(work, plan.cut, chosen, progress);
  work.onEngineGone?.();
  const { incumbentModel } = plan;
  const incumbent =
    incumbentModel && task.incumbent && (await rankByIncumbent(work, incumbentModel, task.incumbent));
  if (incumbent !== undefined) work.onEngineGone?.();
  progress.judge(1);
  const { ndcg, difference } = estimatesOf(
    { ...own, incumbent },
    { resamples: bootstrapResamples, seed: work.config.training.seed },
  );
  const { protocol, note } = plan;
  const { pairs, users, pairsOfUnknownUsers } = task;
  const afterCut = { pairs, users, incumbentNdcg: ndcg.incumbent, difference };
  const decision = decide({ afterCut, leaveOneOut });
  const until = new Date(plan.cut.ms).toISOString();
  const scale = `On ${pairs} pairs of ${users} users after ${until}`;
  return {
    ...overridden(decision, force),
    protocol,
    reason: `${note === '' ? '' : `Against popularity only, since ${note}. `}${scale}: ${decision.reason}.`,
    cutMs: plan.cut.ms,
    incumbent: plan.incumbent,
    pairs,
    users,
    pairsOfUnknownUsers,
    cutoff,
    ndcg,
    difference,
    leaveOneOut,
  };
}

/** The verdict on a model that has no predecessor: nothing is at risk, and no twin is trained. */
export function firstVerdict(cutoff: number): GateVerdict {
  return {
    ...nothingCompared(cutoff),
    outcome: 'first',
    reason: 'The first model: nothing is served yet that it could be worse than.',
    incumbent: null,
  };
}

/** Where no twin can be compared, the leave-one-out evaluation is what there is. */
function withoutTwin(
  { note, incumbent }: GatePlan,
  { cutoff, force, leaveOneOut }: Pick<GateVerdict, 'cutoff' | 'force'> & Pick<Comparison, 'leaveOneOut'>,
): GateVerdict {
  const decision = decide({ afterCut: undefined, leaveOneOut });
  return {
    ...nothingCompared(cutoff),
    ...overridden(decision, force),
    reason: `By leave-one-out only, since ${note}: ${decision.reason}.`,
    incumbent,
    leaveOneOut,
  };
}

function nothingCompared(cutoff: number): Omit<GateVerdict, 'outcome' | 'reason' | 'incumbent'> {
  return {
    protocol: 'none',
    cutMs: null,
    pairs: 0,
    users: 0,
    pairsOfUnknownUsers: 0,
    cutoff,
    ndcg: null,
    difference: null,
    leaveOneOut: null,
    force: null,
  };
}

function overridden(
  { isAccepted }: { isAccepted: boolean },
  force: GateVerdict['force'],
): Pick<GateVerdict, 'outcome' | 'force'> {
  if (isAccepted) return { outcome: 'accepted', force: null };
  return force === null ? { outcome: 'rejected', force } : { outcome: 'forced', force };
}

/** SHA-256 of what a verdict is given on: another cut, incumbent or twin makes another verdict. */
function planSha256({ protocol, note, incumbent, cut }: GatePlan): string {
  const twin = cut && sha256Hex(encodeSnapshot(cut.twin, { trainedUntilMs: cut.ms }));
  return sha256Hex(new TextEncoder().encode(JSON.stringify({ protocol, note, incumbent, twin })));
}

/** Somebody whom the twin does not know gets what is popular from it, too: popularity misses the same users. */
async function rankByTwin(
  work: FitWork,
  { ms, twin, task }: GateCut,
  chosen: ChosenFit,
  progress: TrainingProgress,
): Promise<Omit<Series, 'incumbent'>> {
  const pairs = trainingPairsOf(twin);
  const { cutoff } = work.config.evaluation;
  const { warmStart } = work;
  // A model that has seen what is after the cut would be asked what it was told.
  const isBlind = warmStart !== undefined && warmStart.trainedUntilMs <= ms;
  const blind = isBlind ? work : { ...work, warmStart: undefined };
  return fitModel(blind, twin, chosen, { phase: 'twin', progress }, async (engine) => {
    const rankers: Ranker[] = [engine, createPopularityRanker(pairs), createItemKnnRanker(pairs)];
    const series: Float64Array[] = [];
    for (const [index, ranker] of rankers.entries()) {
      const report = (share: number) => progress.judge((index + share) / (rankers.length + 1));
      series.push(await ndcgAfterCut(ranker, task.twin, cutoff, report));
    }
    const [own, popularity, itemKnn] = series as [Float64Array, Float64Array, Float64Array];
    return { twin: own, popularity, itemKnn };
  });
}

/** The incumbent's parameters in an engine of their shape: the same scores as its own training had. */
async function rankByIncumbent(
  { config, createEngine }: FitWork,
  { parameters, history }: Model,
  side: GateSide,
): Promise<Float64Array> {
  const { userCount, itemCount, factors, layers } = parameters.shape;
  const settings = { model: { factors, layers: [...layers] }, training: config.training };
  const engine = await createEngine({ userCount, itemCount, ...history }, settings);
  try {
    await engine.load(parameters);
    return await ndcgAfterCut(engine, side, config.evaluation.cutoff);
  } finally {
    await engine.dispose();
  }
}

/** Means with intervals, and those of the paired differences: all share their resamples. */
function estimatesOf(
  { twin, popularity, itemKnn, incumbent }: Series,
  options: { resamples: number; seed: number },
): { ndcg: NonNullable<GateVerdict['ndcg']>; difference: NonNullable<GateVerdict['difference']> } {
  const less = (other: Float64Array) => twin.map((value, user) => value - other[user]!);
  const always = [twin, popularity, itemKnn, less(popularity)];
  const series = incumbent === undefined ? always : [...always, incumbent, less(incumbent)];
  const [own, popular, knn, overPopularity, served = null, overIncumbent = null] = bootstrapEstimates(
    series,
    options,
  ) as [Estimate, Estimate, Estimate, Estimate, Estimate?, Estimate?];
  return {
    ndcg: { twin: own, incumbent: served, popularity: popular, itemKnn: knn },
    difference: { incumbent: overIncumbent, popularity: overPopularity },
  };
}
