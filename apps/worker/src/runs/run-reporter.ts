import type { RunProgress } from '@sommelier/contracts';
import { jobProgress, type Logger, type TrainingRunPatch, type TrainingRunStore } from '@sommelier/platform';
import type { Job } from 'bullmq';

const PROGRESS_EVERY_MS = 1_000;

/** Thrown when the run's row belongs to another attempt, or has ended: what this attempt does is not wanted any more. */
export class RunTakenOver extends Error {
  override readonly name = 'RunTakenOver';
}

/** Writes what happens in an attempt to the run's row and to its job. */
export interface RunReporter {
  /** Remembers where the run is; written at most once a second, always the newest, never two at a time. */
  progress(progress: RunProgress): void;
  /** A line in the job's log, in order. */
  log(line: string): void;
  /**
   * Writes to the row if it still belongs to this attempt.
   * @throws RunTakenOver otherwise
   */
  patch(patch: TrainingRunPatch): Promise<void>;
  /** Waits until everything that was reported is written. */
  flush(): Promise<void>;
  /** Nothing is written any more. */
  stop(): void;
}

/** `onTakenOver` is called when writing progress finds out that the row belongs to another attempt. */
export function createRunReporter(parts: {
  runId: string;
  attempt: number;
  trainingRuns: Pick<TrainingRunStore, 'update'>;
  job: Pick<Job, 'updateProgress' | 'log'>;
  logger: Logger;
  onTakenOver: (error: RunTakenOver) => void;
}): RunReporter {
  const { runId, attempt, trainingRuns, job, logger, onTakenOver } = parts;
  let newest: RunProgress | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let logging: Promise<void> = Promise.resolve();
  let isWriting = false;
  let isStopped = false;

  const patch = async (change: TrainingRunPatch): Promise<void> => {
    if (await trainingRuns.update(runId, attempt, change)) return;
    throw new RunTakenOver(
      `Run ${runId} is not attempt ${attempt}'s any more: another one took over, or it ended.`,
    );
  };

  const writeNewest = async (): Promise<void> => {
    const progress = newest;
    newest = undefined;
    if (progress === undefined || isStopped) return;
    try {
      await Promise.all([patch({ progress }), job.updateProgress(jobProgress(progress))]);
    } catch (error) {
      if (error instanceof RunTakenOver) onTakenOver(error);
      // Progress that cannot be written must not end a training; the next transition finds out what is wrong.
      else logger.warn({ err: error, runId }, 'progress could not be written');
    }
  };

  const pump = (): void => {
    timer = undefined;
    if (isWriting || isStopped || newest === undefined) return;
    isWriting = true;
    writing = writeNewest().finally(() => {
      isWriting = false;
      if (!isStopped) timer = setTimeout(pump, PROGRESS_EVERY_MS);
    });
  };

  return {
    patch,
    progress(progress) {
      newest = progress;
      if (timer === undefined) pump();
    },
    log(line) {
      logger.info({ runId }, line);
      logging = logging
        .then(() => (isStopped ? undefined : job.log(line)))
        .then(
          () => undefined,
          (error) => logger.warn({ err: error, runId }, 'a line of the job log could not be written'),
        );
    },
    async flush() {
      await writing;
      await writeNewest();
      await logging;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
