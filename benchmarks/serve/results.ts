import type { LatencySummary } from './latencies.ts';
import type { LoadResult } from './load-job.ts';

/** What servers used while a load ran. */
export interface ServerUse {
  /** CPU of all servers, all threads, a request (ms). */
  readonly cpuMsPerRequest: number;
  /** The largest of the servers, in bytes. */
  readonly residentBytes: number;
  /** The worst of the servers; absent for what is not Node.js. */
  readonly eventLoopP99Ms?: number;
  readonly eventLoopUtilization?: number;
}

/** One load and what it cost. */
export interface Measured {
  readonly load: LoadResult;
  readonly server: ServerUse;
}

/** An open-loop load: requests a second that were offered, and whether the server kept up. */
export interface OpenMeasured extends Measured {
  readonly offered: number;
  readonly held: boolean;
}

export interface SwapResult {
  readonly steady: OpenMeasured;
  readonly swapping: OpenMeasured;
  readonly swaps: number;
  /** From the activation until all replicas serve the model. */
  readonly swapMs: LatencySummary | undefined;
}

export interface FreshnessResult {
  readonly repetitions: number;
  readonly delayMs: LatencySummary | undefined;
  /** What did not show within the time limit. */
  readonly missed: number;
}

/** What came out of a cell. */
export interface CellResult {
  readonly name: string;
  /** Why there are no figures, e.g. `refused (400)`. */
  readonly refused?: string;
  /** Closed loop: as fast as the server can. */
  readonly saturation?: Measured;
  readonly open?: OpenMeasured;
  readonly swap?: SwapResult;
  readonly freshness?: FreshnessResult;
}

export function errorsOf({ errors }: LoadResult): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

export function faultsOf({ faults }: LoadResult): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0);
}
