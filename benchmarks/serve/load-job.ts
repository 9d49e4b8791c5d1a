import type { ExpectedAnswers } from './answer-check.ts';
import type { LatencySummary } from './latencies.ts';

/** Paths of a load: `${before}${user}${after}${queries[k]}`, where users and queries take turns. */
export interface RequestPaths {
  readonly before: string;
  /** Users `first`, `first + 1`, ... of `count`, then from 0 again; undefined: the path has no user. */
  readonly users?: { readonly first: number; readonly count: number };
  readonly after: string;
  readonly queries: readonly string[];
}

/** A load on one or several servers, which take turns. */
export interface LoadJob {
  readonly urls: readonly string[];
  readonly paths: RequestPaths;
  /** Connections to each server at most. */
  readonly connections: number;
  /** `open`: requests come at times that the server has no influence on. `closed`: each connection asks again at once. */
  readonly mode: { readonly kind: 'open'; readonly rate: number } | { readonly kind: 'closed' };
  readonly seconds: number;
  readonly seed: number;
  /** Every answer is compared with these. */
  readonly expected?: ExpectedAnswers;
}

export interface LoadResult {
  /** Seconds from the first request to the end of the load; answers that came later count as requests, not as rate. */
  readonly seconds: number;
  readonly requests: number;
  /** Answers with status 200 within those seconds, a second. */
  readonly ratePerSecond: number;
  /** Of answers with status 200: from the time at which the request was due to the end of its answer. */
  readonly latencyMs: LatencySummary | undefined;
  /** By status, or `socket`, `timeout`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Answers that were compared, and what was wrong with them. */
  readonly checked: number;
  readonly faults: Readonly<Record<string, number>>;
  /** How late the generator itself sent a request for which a connection was free (99th percentile, ms). */
  readonly lateP99Ms: number;
  /** CPU of the generator a request, ms. */
  readonly generatorCpuMs: number;
}

/** An id as the made-up shop has it. */
export function userIdOf(index: number): string {
  return `u${String(index).padStart(6, '0')}`;
}

/** The path of the k-th request. */
export function pathOf({ before, users, after, queries }: RequestPaths, k: number): string {
  const user = users === undefined ? '' : userIdOf((users.first + k) % users.count);
  return `${before}${user}${after}${queries[k % queries.length] ?? ''}`;
}
