import { isSommelierError, SommelierError, type TrainingRun, trainingJobSchema } from '@sommelier/contracts';
import { openArtifactStore, removeTemporaryFiles } from '@sommelier/platform';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { discardCheckpoints } from '../checkpoints/discard-checkpoints.ts';
import { outcomeOf } from '../observation/attempt-outcome.ts';
import { observedReporter } from '../observation/observed-reporter.ts';
import { attemptVerification } from '../verification/attempt-verification.ts';
import { type Attempt, type AttemptParts, attemptRun } from './attempt-run.ts';
import { discardCancelledRun } from './discard-run.ts';
import { failureOf, nextStep } from './run-problem.ts';
import { createRunReporter, type RunReporter, RunTakenOver } from './run-reporter.ts';
import { untilItWorks } from './until-it-works.ts';

/** Why a job's signal is aborted: the process is asked to stop, and gives its job back. */
export const SHUTDOWN = 'shutdown';
/** Why a job's signal is aborted: its lock could not be renewed, so another worker may have it. */
export const LOST_LOCK = 'lost-lock';

/**
 * What a BullMQ worker does with a job: finds its run, makes an attempt at it, and says how it ended. The third
 * parameter must be named, since BullMQ hands in a signal only to functions that take three.
 */
export function createTrainingProcessor(parts: AttemptParts) {
  return async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<string> => {
    const stop = signal ?? new AbortController().signal;
    try {
      return await processJob(parts, job, stop);
    } catch (error) {
      if (!stop.aborted) throw error;
      if (stop.reason !== SHUTDOWN) throw new Error(`Given up: ${String(stop.reason)}`, { cause: error });
      // Back to the front of the queue, without using up an attempt.
      await job.moveToWait(token);
      throw new WaitingError();
    }
  };
}

async function processJob(parts: AttemptParts, job: Job, signal: AbortSignal): Promise<string> {
  const payload = trainingJobSchema.safeParse(job.data);
  if (!payload.success) {
    parts.logger.warn({ jobId: job.id }, 'dropped a job that carries no run');
    throw new UnrecoverableError('The job carries no run id.');
  }
  const { runId } = payload.data;
  const run = await findRun(parts, runId, signal);
  if (run === undefined) {
    parts.logger.warn({ jobId: job.id, runId }, 'dropped a job whose run does not exist');
    throw new UnrecoverableError(`There is no training run ${runId}.`);
  }
  const attempt = await parts.database.trainingRuns.begin(runId, parts.nowMs());
  if (attempt === undefined) return `Run ${runId} has ended already.`;
  // A job that was recovered from dead workers too often never reaches the processor: see closeAbandonedRun.
  // Read again: an earlier attempt may have activated its model right before this one began.
  const begun = (await parts.database.trainingRuns.get(runId)) ?? run;
  const version = await watchedAttempt(parts, { job, run: begun, attempt, signal });
  await parts.retain();
  return version;
}

/** An attempt that stops within seconds when its run is cancelled, is another's by now, or takes too long. */
async function watchedAttempt(
  parts: AttemptParts,
  work: { job: Job; run: TrainingRun; attempt: number; signal: AbortSignal },
): Promise<string> {
  const { job, run, attempt, signal } = work;
  const unwanted = new AbortController();
  const lost = (error: Error): void => unwanted.abort(error);
  const unwatch = parts.watch.watch({
    runId: run.id,
    attempt,
    onLost: () => lost(new RunTakenOver(`Run ${run.id} was cancelled, or another attempt took over.`)),
  });
  const timer = setTimeout(() => lost(tooLong(parts.maxMinutes)), parts.maxMinutes * 60_000);
  const scope = `${run.id}.${attempt}`;
  const observer = parts.observer.begin({
    ...{ run, attempt, jobId: job.id, nowMs: parts.nowMs() },
    traceparent: await parts.traceparentOf(run.id),
  });
  const about: Attempt = { run, attempt, scope, snapshotSha256: undefined, observer };
  const artifacts = openArtifactStore(parts.surroundings.artifactDir, { scope });
  try {
    if (attempt > 1) await removeEarlierFiles(parts, run.id);
    const done = await reportedAttempt({ ...parts, artifacts }, { job, about, signal, unwanted });
    await tidyUp(parts, about);
    return done;
  } catch (error) {
    await tidyUp(parts, about);
    const { trainingRuns } = parts.database;
    const ended = { error, runId: run.id, trainingRuns, signal, shutdown: SHUTDOWN };
    observer.ended(await outcomeOf(ended), parts.nowMs(), error);
    throw error;
  } finally {
    unwatch();
    clearTimeout(timer);
  }
}

/**
 * Takes away what earlier attempts were writing when their worker was killed. One that still goes on has lost the run,
 * and finds that it cannot write.
 */
async function removeEarlierFiles({ surroundings, logger }: AttemptParts, runId: string): Promise<void> {
  await removeTemporaryFiles(surroundings.artifactDir, { scope: runId }).catch((error) =>
    logger.warn({ err: error, runId }, 'what an earlier attempt has left could not be removed'),
  );
}

function tooLong(maxMinutes: number): SommelierError {
  return new SommelierError(
    'run-timeout',
    `The run was stopped after ${maxMinutes} minutes: runs.maxMinutes allows no more.`,
  );
}

/** What cannot be removed now is removed with a later model, or when this worker next compares rows and queue. */
async function tidyUp(parts: AttemptParts, { run, scope, snapshotSha256 }: Attempt): Promise<void> {
  const { artifactDir } = parts.surroundings;
  try {
    await removeTemporaryFiles(artifactDir, { scope });
    await discardCancelledRun(parts, run.id, snapshotSha256);
    await discardCheckpoints({ ...parts, artifactDir }, run.id);
  } catch (error) {
    parts.logger.warn({ err: error, runId: run.id }, 'what an attempt has left could not be removed');
  }
}

/** Reads the run's row; a database that is away is waited for, since without it there is nothing to do here. */
function findRun(parts: AttemptParts, runId: string, signal: AbortSignal): Promise<TrainingRun | undefined> {
  return untilItWorks('reading the run', () => parts.database.trainingRuns.get(runId), {
    logger: parts.logger,
    signal,
  });
}

async function reportedAttempt(
  parts: AttemptParts,
  work: { job: Job; about: Attempt; signal: AbortSignal; unwanted: AbortController },
): Promise<string> {
  const { job, about, signal, unwanted } = work;
  const stop = AbortSignal.any([signal, unwanted.signal]);
  const written = createRunReporter({
    runId: about.run.id,
    attempt: about.attempt,
    trainingRuns: parts.database.trainingRuns,
    job,
    logger: parts.logger.child({ jobId: job.id, attempt: about.attempt }),
    onTakenOver: (error) => unwanted.abort(error),
  });
  const reporter = observedReporter(written, about.observer, parts.nowMs);
  try {
    const make = about.run.kind === 'verify' ? attemptVerification : attemptRun;
    return await make(parts, about, reporter, stop);
  } catch (error) {
    if (signal.aborted) throw error;
    if (isTakenOver(error)) throw new UnrecoverableError((error as Error).message);
    throw await afterFailure(parts, { job, reporter, error, signal });
  } finally {
    reporter.stop();
  }
}

function isTakenOver(error: unknown): boolean {
  return error instanceof RunTakenOver || (isSommelierError(error) && error.code === 'run-ended');
}

/**
 * Writes down why an attempt failed and returns what to throw. While attempts remain the row stays as it is: the run
 * has not failed yet.
 */
async function afterFailure(
  parts: AttemptParts,
  failed: { job: Job; reporter: RunReporter; error: unknown; signal: AbortSignal },
): Promise<Error> {
  const { job, reporter, error, signal } = failed;
  const { logger, nowMs } = parts;
  const failure = failureOf(error);
  const { isFinal, line } = nextStep(failure, {
    attemptsMade: job.attemptsMade,
    attempts: job.opts.attempts ?? 1,
  });
  if (!isSommelierError(error))
    logger.error({ err: error, jobId: job.id }, 'an attempt met an unforeseen error');
  reporter.log(line);
  await reporter.flush();
  const { problem } = failure;
  const message = `[${problem.code}] ${problem.detail}`;
  if (!isFinal) return new Error(message, { cause: error });
  try {
    const end = () => reporter.patch({ status: 'failed', error: problem, finishedAtMs: nowMs() });
    await untilItWorks('marking the run as failed', () => unlessTakenOver(end), { logger, signal });
  } catch (cause) {
    return cause as Error;
  }
  return new UnrecoverableError(message);
}

/** A row that belongs to somebody else by now needs no last word of ours. */
async function unlessTakenOver(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof RunTakenOver)) throw error;
  }
}
