import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchAnswer, type BatchRequest, SommelierError } from '@sommelier/contracts';
import { writeComplete } from './complete-file.ts';
import { exportedRows, type RowFile } from './exported-rows.ts';

/** Users of one request: enough that its cost is not felt, few enough that the progress moves. */
const USERS_A_REQUEST = 500;
/** How often an export begins, when its model is replaced again and again. */
const MAX_BEGINNINGS = 3;
/** Replicas change to a new model within seconds of one another. */
const RESTART_PAUSE_MS = 5_000;

export interface ExportOptions {
  readonly out: string;
  /** All users, in pages of at most so many; can be begun again. */
  readonly userIdPages: (size: number) => AsyncIterable<string[]>;
  readonly ask: (request: BatchRequest) => Promise<BatchAnswer>;
  /** What every user's list must meet. */
  readonly choice: Omit<BatchRequest, 'userIds'>;
  readonly onProgress?: (users: number) => void;
  readonly restartPauseMs?: number;
}

export interface ExportSummary {
  readonly users: number;
  readonly rows: number;
  /** Users by the strategy of their list. */
  readonly strategies: Readonly<Record<string, number>>;
  /** Users for whom nothing was left. */
  readonly empty: number;
  /** Version of the one model that all lists are from; undefined when there is no user. */
  readonly modelVersion: string | undefined;
  /** How often the export began again, since the model had changed. */
  readonly restarts: number;
  readonly seconds: number;
}

class ModelChanged extends Error {}

/**
 * Writes every user's list to a file, all by one model: when the API changes to another in between, what was written is
 * thrown away and the export begins again, at most twice.
 * @throws SommelierError `export-failed`, `invalid-request`; what `ask` throws
 */
export async function exportRecommendations(options: ExportOptions): Promise<ExportSummary> {
  const started = performance.now();
  for (let restarts = 0; ; restarts++) {
    try {
      const written = await writeComplete(options.out, (file) => exportOnce(options, file));
      return { ...written, restarts, seconds: (performance.now() - started) / 1_000 };
    } catch (error) {
      if (!(error instanceof ModelChanged)) throw error;
      if (restarts + 1 === MAX_BEGINNINGS) throw new SommelierError('export-failed', error.message);
      await sleep(options.restartPauseMs ?? RESTART_PAUSE_MS);
    }
  }
}

async function exportOnce(
  { userIdPages, ask, choice, onProgress }: ExportOptions,
  file: RowFile,
): Promise<Omit<ExportSummary, 'restarts' | 'seconds'>> {
  const strategies: Record<string, number> = {};
  const figures = { users: 0, rows: 0, empty: 0 };
  let modelVersion: string | undefined;
  onProgress?.(0);
  for await (const userIds of userIdPages(USERS_A_REQUEST)) {
    const answer = await ask({ userIds, ...choice });
    modelVersion ??= answer.model.version;
    if (answer.model.version !== modelVersion) {
      throw new ModelChanged(
        `The API changed its model in each of ${MAX_BEGINNINGS} beginnings, lastly from ${modelVersion} to ` +
          `${answer.model.version}. Try again when no training ends.`,
      );
    }
    const rows = exportedRows(answer);
    await file.write(rows);
    figures.users += userIds.length;
    figures.rows += rows.length;
    for (const { strategy, items } of answer.results) {
      strategies[strategy] = (strategies[strategy] ?? 0) + 1;
      if (items.length === 0) figures.empty++;
    }
    onProgress?.(figures.users);
  }
  return { ...figures, strategies, modelVersion };
}
