import {
  type EngineName,
  isSommelierError,
  type Manifest,
  type ModelVersion,
  type NotReproducibleReason,
  SommelierError,
  type Verification,
} from '@sommelier/contracts';
import { snapshotKey } from '@sommelier/platform';
import type { Attempt, AttemptParts } from '../runs/attempt-run.ts';
import { metricsLines } from '../runs/run-log-lines.ts';
import { failureOf } from '../runs/run-problem.ts';
import { ProgressTracker } from '../runs/run-progress.ts';
import type { RunReporter } from '../runs/run-reporter.ts';
import { incumbentOrder } from '../stages/load-incumbent.ts';
import type { TrainedModel } from '../thread/thread-messages.ts';
import { type ThreadOrder, trainInThread } from '../thread/train-in-thread.ts';
import { compareModels, notReproducible } from './compare-models.ts';

interface VerificationWork {
  readonly parts: AttemptParts;
  readonly attempt: Attempt;
  readonly reporter: RunReporter;
  readonly tracker: ProgressTracker;
  readonly signal: AbortSignal;
}

/**
 * One attempt at a run that trains a version again: from its snapshot, with its configuration, seed, engine and number
 * of threads. Writes the outcome into the run's row; nothing is stored, published or activated.
 */
export async function attemptVerification(
  parts: AttemptParts,
  attempt: Attempt,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<string> {
  const { run } = attempt;
  const model = await parts.database.models.get(run.verifies ?? '');
  if (model === undefined)
    throw new SommelierError('model-not-found', `There is no model version ${run.verifies}.`);
  const tracker = new ProgressTracker(parts.nowMs(), run.progress?.fraction, attempt.observer.step);
  const verification = await verify({ parts, attempt, reporter, tracker, signal }, model);
  signal.throwIfAborted();
  const line = `Verified ${model.version}: ${verification.outcome}. ${verification.detail}`;
  reporter.log(line);
  const done = { stage: 'evaluate', fraction: 1, message: line } as const;
  reporter.progress(done);
  await reporter.flush();
  await reporter.patch({
    status: 'succeeded',
    progress: done,
    verification,
    finishedAtMs: parts.nowMs(),
    error: null,
    timings: tracker.timings(parts.nowMs()),
  });
  return `${model.version}: ${verification.outcome}`;
}

async function verify(work: VerificationWork, model: ModelVersion): Promise<Verification> {
  const { parts, reporter } = work;
  const { manifest } = model;
  const { codeRevision } = parts;
  const not = (reason: NotReproducibleReason, detail: string): Verification =>
    notReproducible(manifest, codeRevision, reason, detail);
  // A successor was not trained: it is another version without the users that were erased.
  if (model.status === 'erased' || manifest.successorOf !== undefined)
    return not('erased', "A user's data had to go, and with it what the model was trained on.");
  if (!(await hasSnapshot(parts, manifest)))
    return not('snapshot-missing', `The snapshot ${manifest.snapshotSha256} is not in the artifact store.`);
  const engine = engineOf(manifest);
  if (engine === undefined)
    return not('engine-unavailable', `This version has no engine ${JSON.stringify(manifest.engine)}.`);
  const base = manifest.warmStart == null ? undefined : await parts.database.models.get(manifest.warmStart);
  if (manifest.warmStart != null && base?.filesDeletedAtMs !== null)
    return not('warm-start-missing', `The files of ${manifest.warmStart} are gone, from which it began.`);
  const warmStart = base && incumbentOrder(base.manifest);
  let trained: TrainedModel;
  try {
    trained = await trainAgain(work, manifest, { ...engine, warmStart });
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return not(reason, (error as Error).message);
  }
  for (const line of metricsLines(trained.metrics)) reporter.log(line);
  return compareModels(manifest, {
    sha256: trained.description.sha256,
    metrics: trained.metrics,
    codeRevision,
  });
}

async function hasSnapshot({ artifacts }: AttemptParts, { snapshotSha256 }: Manifest): Promise<boolean> {
  const key = snapshotKey(snapshotSha256);
  return (await artifacts.list(key)).includes(key);
}

function trainAgain(
  { parts, attempt, reporter, tracker, signal }: VerificationWork,
  { snapshotSha256, funnel }: Manifest,
  order: Omit<ThreadOrder, 'prepared' | 'incumbent'>,
): Promise<TrainedModel> {
  const prepared = { snapshotSha256, funnel };
  return trainInThread(parts, {
    attempt,
    order: { ...order, prepared, incumbent: undefined, isRepetition: true },
    tracker,
    reporter,
    signal,
  });
}

/** How the configuration asks for the engine that trained a model; undefined when it is none of this version's. */
export function engineOf({
  engine,
}: Pick<Manifest, 'engine'>): Pick<ThreadOrder, 'engine' | 'engineThreads' | 'engineBuild'> | undefined {
  const { name, backend, threads } = engine;
  if (name === 'wasm' && (backend === 'simd' || backend === 'relaxed-simd'))
    return { engine: 'wasm', engineThreads: threads, engineBuild: backend };
  const byBackend: Record<string, EngineName> = {
    tensorflow: 'tensorflow',
    webgpu: 'webgpu',
    wasm: 'tfjs-wasm',
    cpu: 'tfjs-cpu',
  };
  return name === 'tfjs' && Object.hasOwn(byBackend, backend) ? { engine: byBackend[backend] } : undefined;
}

/** What an error says about the version; undefined when it says something about this attempt, and another may do. */
function reasonOf(error: unknown): NotReproducibleReason | undefined {
  if (!isSommelierError(error)) return undefined;
  switch (error.code) {
    case 'artifact-not-found':
      return 'snapshot-missing';
    case 'model-file-invalid':
      return 'snapshot-damaged';
    case 'engine-unavailable':
      return 'engine-unavailable';
    case 'model-unusable':
      return 'warm-start-missing';
    default:
      return failureOf(error).retryable || error.code === 'run-timeout' ? undefined : 'training-failed';
  }
}
