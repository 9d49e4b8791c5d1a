import {
  ERRORS,
  type GateVerdict,
  type Manifest,
  type ModelVersion,
  type Problem,
} from '@sommelier/contracts';
import type { ArtifactStore, ModelStore } from '@sommelier/platform';
import type { RunReporter } from '../runs/run-reporter.ts';
import { storeCandidate } from './publish-model.ts';

/** What the gate said, for a reader of the job's log. */
export function gateLines(gate: GateVerdict | null | undefined): string[] {
  if (gate == null) return [];
  const lines = [`Gate: ${gate.outcome}. ${gate.reason}`];
  if (gate.ndcg !== null) {
    const { twin, incumbent, popularity, itemKnn } = gate.ndcg;
    const figures = [
      `twin ${twin.mean.toFixed(4)}`,
      ...(incumbent === null ? [] : [`incumbent ${incumbent.mean.toFixed(4)}`]),
      `popularity ${popularity.mean.toFixed(4)}`,
      `item-kNN ${itemKnn.mean.toFixed(4)}`,
    ];
    lines.push(`Gate: NDCG@${gate.cutoff} after the cut: ${figures.join(', ')}`);
  }
  if (gate.outcome === 'forced') {
    const who = gate.force === true ? 'the request' : `the request: ${gate.force}`;
    lines.push(`Gate: the rejection was overridden by ${who}`);
  }
  return lines;
}

/**
 * Ends a run whose model the gate rejected: the files and the row are kept, as `rejected`, so that somebody can look at
 * the model, or activate it by hand after all; nothing is activated, and nobody is told. `confirm` is asked before the
 * row is written and throws if the run is not this attempt's any more.
 */
export async function rejectModel(work: {
  artifacts: ArtifactStore;
  models: ModelStore;
  manifest: Manifest;
  file: Uint8Array;
  erasedThrough: number;
  reporter: RunReporter;
  confirm: () => Promise<void>;
  nowMs: () => number;
  timings: Record<string, number>;
}): Promise<string> {
  const { models, manifest, reporter, confirm, nowMs, timings } = work;
  await storeCandidate(work);
  await confirm();
  await models.reject(manifest.version);
  await endRejected(reporter, manifest, nowMs(), timings);
  return `Rejected ${manifest.version}`;
}

/** The last word of a run that an earlier attempt, which died before it, had rejected already; undefined if none had. */
export async function finishRejected(
  models: Pick<ModelStore, 'rejectedBy'>,
  runId: string,
  reporter: RunReporter,
  nowMs: number,
): Promise<string | undefined> {
  const rejected: ModelVersion | undefined = await models.rejectedBy(runId);
  if (rejected === undefined) return undefined;
  reporter.log(`An earlier attempt has rejected ${rejected.version} already`);
  await endRejected(reporter, rejected.manifest, nowMs);
  return `Rejected ${rejected.version}`;
}

async function endRejected(
  reporter: RunReporter,
  manifest: Manifest,
  finishedAtMs: number,
  timings?: Record<string, number>,
): Promise<void> {
  const { version, funnel, metrics } = manifest;
  const done = { stage: 'publish', fraction: 1, message: `Rejected ${version}` } as const;
  reporter.log(`Rejected ${version}: the model that was active before stays active`);
  reporter.progress(done);
  await reporter.flush();
  await reporter.patch({
    status: 'rejected',
    progress: done,
    funnel,
    metrics,
    modelVersion: version,
    error: rejection(manifest),
    finishedAtMs,
    ...(timings !== undefined && { timings }),
  });
}

function rejection({ version, metrics }: Manifest): Problem {
  const { status, title } = ERRORS['model-rejected'];
  const detail = `The model ${version} was not activated. ${metrics.gate?.reason ?? ''}`;
  return { type: 'urn:sommelier:error:model-rejected', title, status, detail, code: 'model-rejected' };
}
