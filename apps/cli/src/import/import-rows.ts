import { SommelierError } from '@sommelier/contracts';
import type { BadRow, RowSource } from './row-source.ts';

/**
 * Rows that are stored by one call; a batch is stored whole or not at all. Each touches most pages of the indexes, which
 * SQLite writes to its log at the batch's end: small batches would write the same pages again and again.
 */
const ROWS_PER_BATCH = 50_000;
/** Bad rows that are remembered with their reason. */
export const MAX_SHOWN_BAD_ROWS = 10;

export interface ImportProgress {
  /** Of `total`, in the source's unit. */
  readonly done: number;
  readonly total: number;
  /** Rows read so far. */
  readonly rows: number;
  /** True while `--strict` reads the source before anything is stored. */
  readonly checking: boolean;
}

export interface ImportSummary {
  /** Rows that the source had: `stored + duplicates + bad`. */
  readonly rows: number;
  readonly stored: number;
  /** Rows that were in the database already, or twice in the source. */
  readonly duplicates: number;
  readonly bad: number;
  /** The first bad rows, at most {@link MAX_SHOWN_BAD_ROWS}. */
  readonly firstBad: readonly BadRow[];
  readonly seconds: number;
}

export interface ImportOptions<T> {
  readonly source: RowSource<T>;
  /** Refuse a source with a bad row before anything is stored; reads it twice. */
  readonly strict?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/**
 * Reads a source to its end and stores its rows in batches; what is being stored and what is being read next overlap.
 * Stopped at any point, it can be run again.
 * @throws SommelierError `import-file` when nothing in the source can be stored, or, with `strict`, anything cannot
 */
export async function importRows<T>(
  options: ImportOptions<T>,
  store: (rows: T[]) => Promise<{ inserted: number; duplicates: number }>,
): Promise<ImportSummary> {
  const { source, strict = false } = options;
  const started = performance.now();
  if (strict) refuseBad(source, await new Reading(options, true).run(async () => {}));
  let stored = 0;
  let duplicates = 0;
  const reading = await new Reading(options, false).run(async (rows) => {
    const result = await store(rows);
    stored += result.inserted;
    duplicates += result.duplicates;
  });
  if (strict) refuseBad(source, reading);
  const { bad, firstBad } = reading;
  if (reading.rows > 0 && bad === reading.rows) {
    throw new SommelierError(
      'import-file',
      `No row of ${source.name} can be stored. ${describeBad(reading)}`,
    );
  }
  return {
    rows: reading.rows,
    stored,
    duplicates,
    bad,
    firstBad,
    seconds: (performance.now() - started) / 1_000,
  };
}

/** One pass over a source. */
class Reading<T> {
  rows = 0;
  bad = 0;
  readonly firstBad: BadRow[] = [];
  readonly #options: ImportOptions<T>;
  readonly #checking: boolean;

  constructor(options: ImportOptions<T>, checking: boolean) {
    this.#options = options;
    this.#checking = checking;
  }

  async run(store: (rows: T[]) => Promise<void>): Promise<this> {
    const { source, onProgress } = this.#options;
    let waiting: T[] = [];
    let storing: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await storing;
      storing = store(waiting);
      // A failure is thrown at the next await; until then it must not count as unhandled.
      storing.catch(() => {});
      waiting = [];
    };
    for await (const chunk of source.chunks()) {
      this.#count(chunk.rows.length, chunk.bad);
      for (const row of chunk.rows) {
        waiting.push(row);
        if (waiting.length >= ROWS_PER_BATCH) await flush();
      }
      onProgress?.({ done: chunk.done, total: source.total, rows: this.rows, checking: this.#checking });
    }
    if (waiting.length > 0) await flush();
    await storing;
    return this;
  }

  #count(good: number, bad: readonly BadRow[]): void {
    this.rows += good + bad.length;
    this.bad += bad.length;
    this.firstBad.push(...bad.slice(0, MAX_SHOWN_BAD_ROWS - this.firstBad.length));
  }
}

function refuseBad(
  source: RowSource<unknown>,
  reading: { bad: number; rows: number; firstBad: BadRow[] },
): void {
  if (reading.bad === 0) return;
  throw new SommelierError('import-file', `${source.name} is refused. ${describeBad(reading)}`, {
    details: reading.firstBad.map(({ line, reason }) => ({ path: `line ${line}`, message: reason })),
  });
}

function describeBad({
  bad,
  rows,
  firstBad,
}: {
  bad: number;
  rows: number;
  firstBad: readonly BadRow[];
}): string {
  const first = firstBad[0];
  const where = first === undefined ? '' : ` The first is line ${first.line}: ${first.reason}.`;
  return `${bad} of ${rows} rows are bad.${where}`;
}
