/**
 * Events of the log as columns: one typed array a field, so that memory is bounded by the columns and not by row
 * objects. Users, items and types are numbered in the order in which they were first read; nothing that is derived
 * from the columns may depend on that order.
 */
export interface EventColumns {
  /** Number of events, E. */
  readonly count: number;
  /** `[E]`, Unix time in milliseconds. */
  readonly timestampsMs: Float64Array;
  /** `[E]`, index into `userIds`. */
  readonly users: Uint32Array;
  /** `[E]`, index into `itemIds`. */
  readonly items: Uint32Array;
  /** `[E]`, index into `types`. */
  readonly types: Uint8Array;
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly typeNames: readonly string[];
}

/** A page of events as it comes from the database: arrays of equal length, a field each. */
export interface EventPage {
  readonly timestampsMs: readonly number[];
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly types: readonly string[];
}
