/**
 * What is left of the log after the preparation: the distinct user-item pairs, grouped by user (compressed rows).
 * Ids are in ascending order of their UTF-8 bytes; an index is a position in that order.
 */
export interface Interactions {
  /** `[users]` */
  readonly userIds: readonly string[];
  /** `[items]` */
  readonly itemIds: readonly string[];
  /** `[users + 1]`; the pairs of user u are `offsets[u] <= p < offsets[u + 1]`. */
  readonly offsets: Uint32Array;
  /** `[pairs]`, item index; within a user by the time of the pair's last event, oldest first, ties by item index. */
  readonly items: Uint32Array;
  /** `[pairs]`, the largest weight of the pair's events. */
  readonly strengths: Float32Array;
  /** `[pairs]`, time of the pair's last event (Unix ms). */
  readonly timestampsMs: Float64Array;
}
