/** A row that cannot be stored: where it is and why. */
export interface BadRow {
  /** Line of the file (from 1, the header is 1) or row of the table (from 1). */
  readonly line: number;
  readonly reason: string;
}

/** Some rows of a source. */
export interface RowChunk<T> {
  readonly rows: T[];
  readonly bad: BadRow[];
  /** How far the source has been read, in the unit of its `total`. */
  readonly done: number;
}

/** Where rows come from: a file or a table, read in chunks of bounded size. Can be read more than once. */
export interface RowSource<T> {
  /** For people: the path or the table. */
  readonly name: string;
  readonly unit: 'bytes' | 'rows';
  readonly total: number;
  chunks(): AsyncIterable<RowChunk<T>>;
}

/**
 * Turns the values of a row, in the order of the wanted columns, into what is stored, or says why it cannot.
 * @param others names of further columns, whose values stand behind those
 */
export type Convert<T> = (values: readonly string[], others: readonly string[]) => T | Problem;

/** Why a row cannot be stored. */
export class Problem {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
