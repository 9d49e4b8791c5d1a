import type { Logger, TrainingRunStore } from '@sommelier/platform';

const ASK_EVERY_MS = 1_000;

/** Looks whether the attempts of this worker are still wanted. */
export interface RunWatch {
  /**
   * Asks the run's row again and again, and calls `onLost`, once, when the run was cancelled, has ended, or is another
   * attempt's. A row that cannot be read says nothing. Returns what ends the watch.
   */
  watch(run: { runId: string; attempt: number; onLost: () => void }): () => void;
  /** Somebody says that the run was cancelled: asks at once. */
  hint(runId: string): void;
}

/** A watch that asks the rows, since a message can be lost and a worker that was frozen has missed them all. */
export function createRunWatch(parts: {
  trainingRuns: Pick<TrainingRunStore, 'owns'>;
  logger: Logger;
  everyMs?: number;
}): RunWatch {
  const { trainingRuns, logger, everyMs = ASK_EVERY_MS } = parts;
  const asking = new Map<string, () => Promise<void>>();
  return {
    watch({ runId, attempt, onLost }) {
      let isOver = false;
      let isAsking = false;
      const stop = (): void => {
        isOver = true;
        clearInterval(timer);
        if (asking.get(runId) === ask) asking.delete(runId);
      };
      const ask = async (): Promise<void> => {
        if (isAsking || isOver) return;
        isAsking = true;
        try {
          if ((await trainingRuns.owns(runId, attempt)) || isOver) return;
          stop();
          onLost();
        } catch (error) {
          logger.debug({ err: error, runId }, 'the row of the run in work could not be read');
        } finally {
          isAsking = false;
        }
      };
      const timer = setInterval(ask, everyMs);
      asking.set(runId, ask);
      return stop;
    },
    hint(runId) {
      void asking.get(runId)?.();
    },
  };
}
