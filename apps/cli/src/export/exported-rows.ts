import type { BatchAnswer, Strategy } from '@sommelier/contracts';

/** One item of one user's list, as a line of the file. */
export interface ExportedRow {
  readonly userId: string;
  readonly rank: number;
  readonly itemId: string;
  readonly score: number;
  readonly strategy: Strategy;
  readonly modelVersion: string;
}

/** The columns of the file, in its order. */
export const EXPORTED_COLUMNS = ['userId', 'rank', 'itemId', 'score', 'strategy', 'modelVersion'] as const;

/** Users in the order of the answer, each one's items best first. */
export function exportedRows({ model, results }: BatchAnswer): ExportedRow[] {
  return results.flatMap(({ userId, strategy, items }) =>
    items.map(({ rank, itemId, score }) => ({
      userId,
      rank,
      itemId,
      score,
      strategy,
      modelVersion: model.version,
    })),
  );
}

/** A file that is being written. */
export interface RowFile {
  write(rows: readonly ExportedRow[]): Promise<void>;
  /** Writes what is left. */
  finish(): Promise<void>;
  /** Gives up; the file may be left behind. */
  abandon(): Promise<void>;
}
