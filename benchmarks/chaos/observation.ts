import type { RunStatus } from '@sommelier/contracts';
import type { LoadProblem } from './load.ts';

/** A run's row, as far as its life goes. */
export interface RunRow {
  readonly id: string;
  readonly status: RunStatus;
  readonly code: string | null;
  readonly attempts: number;
  readonly modelVersion: string | null;
  readonly finishedAtMs: number | null;
}

/** What a round's run must have come to. */
export interface DeclaredRun {
  readonly id: string;
  readonly statuses: readonly RunStatus[];
  /** Error codes that it may have failed with. */
  readonly codes?: readonly string[];
}

export interface ReplicaState {
  readonly name: string;
  readonly ready: boolean;
  readonly version: string | null;
  readonly generation: number | null;
}

/** All that is known of the installation once it should have recovered from a fault. */
export interface RoundObservation {
  /** What had not recovered in time; empty when everything had. */
  readonly unrecovered: readonly string[];
  /** Runs that the API has accepted in this session. */
  readonly acceptedRunIds: readonly string[];
  /** Requests for a run that were not answered: they may have left a run of their own. */
  readonly unansweredRuns: number;
  readonly runs: readonly RunRow[];
  /** Rows of earlier rounds' runs as they were when they had ended. */
  readonly endedBefore: ReadonlyMap<string, RunRow>;
  readonly declared: readonly DeclaredRun[];
  readonly active: { readonly generation: number; readonly version: string } | undefined;
  readonly activations: readonly { readonly version: string; readonly activatedBy: string }[];
  readonly replicas: readonly ReplicaState[];
  readonly events: {
    readonly lost: readonly string[];
    readonly doubled: readonly string[];
    readonly strange: readonly string[];
  };
  readonly loadProblems: readonly LoadProblem[];
  /** Whether the fault takes away what a write needs. */
  readonly writesMayFail: boolean;
  readonly wrongAnswers: readonly string[];
  readonly temporaryFiles: readonly string[];
  readonly orphans: readonly string[];
  /** Locks and jobs that are still in Redis. */
  readonly queueLeftovers: readonly string[];
  /** Processes that ended without having been killed. */
  readonly ownEnds: readonly string[];
  /** What the fault itself expected and did not find. */
  readonly unmet: readonly string[];
}
