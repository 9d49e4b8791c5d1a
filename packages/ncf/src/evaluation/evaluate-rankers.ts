import type { Estimate, EvaluationConfig, RankerReport } from '@sommelier/contracts';
import { bootstrapEstimates } from './bootstrap.ts';
import { drawUsers } from './draw-users.ts';
import { EVALUATION_STREAM } from './evaluation-streams.ts';
import { type Ranker, type RankingTask, rankPositives } from './rank-positives.ts';
import { hitRate, ndcg } from './ranking-metrics.ts';
import { sampleNegatives } from './sampled-negatives.ts';
import type { LeaveOneOutSplit } from './split-leave-one-out.ts';

/** Who is ranked on the test items, and against what: the same for every ranker. Deterministic by seed. */
export function testTask(
  split: LeaveOneOutSplit,
  config: EvaluationConfig,
  seed: number,
): Required<RankingTask> {
  const { train, testItems: positives } = split;
  const users = drawUsers(positives, config.maxUsers, { seed, stream: EVALUATION_STREAM.testUsers });
  const negatives = sampleNegatives(train, positives, users, { count: config.sampledNegatives, seed });
  return { train, positives, users, negatives };
}

/**
 * HR@k and NDCG@k of each ranker on the test items, on the full catalogue and in the paper's form (He et al. 2017,
 * section 4.1), with bootstrap intervals. Rankers are asked one after the other; `onProgress` gets the share of all.
 *
 * The task needs at least one user. Deterministic by seed, and the intervals of all rankers share their resamples.
 * `onNdcg` gets each ranker's NDCG on the full catalogue by user, `[users]`, for paired comparisons.
 */
export async function evaluateRankers<Name extends string>(
  rankers: Record<Name, Ranker>,
  task: Required<RankingTask>,
  { cutoff, bootstrapResamples }: Pick<EvaluationConfig, 'cutoff' | 'bootstrapResamples'>,
  seed: number,
  onProgress?: (fraction: number) => void,
  onNdcg?: (name: Name, byUser: Float64Array) => void,
): Promise<Record<Name, RankerReport>> {
  const names = Object.keys(rankers) as Name[];
  const series: Float64Array[] = [];
  for (const [index, name] of names.entries()) {
    const { full, sampled } = await rankPositives(rankers[name], task, (fraction) =>
      onProgress?.((index + fraction) / names.length),
    );
    for (const ranks of [full, sampled]) {
      series.push(Float64Array.from(ranks, (rank) => hitRate(rank, cutoff)));
      series.push(Float64Array.from(ranks, (rank) => ndcg(rank, cutoff)));
    }
    onNdcg?.(name, series.at(-3)!);
  }
  const estimates = bootstrapEstimates(series, { resamples: bootstrapResamples, seed });
  const reports = names.map((name, index) => [name, reportOf(estimates.slice(4 * index, 4 * index + 4))]);
  return Object.fromEntries(reports) as Record<Name, RankerReport>;
}

function reportOf(estimates: readonly Estimate[]): RankerReport {
  const [fullHr, fullNdcg, sampledHr, sampledNdcg] = estimates as [Estimate, Estimate, Estimate, Estimate];
  return { full: { hr: fullHr, ndcg: fullNdcg }, sampled: { hr: sampledHr, ndcg: sampledNdcg } };
}
