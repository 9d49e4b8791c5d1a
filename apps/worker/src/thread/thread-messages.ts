import type { ErrorCode, Funnel, Manifest, Metrics, RunConfig } from '@sommelier/contracts';
import type { EngineChoice, TrainModelProgress } from '@sommelier/ncf/training';
import type { Environment } from '@sommelier/platform';
import type { IncumbentOrder } from '../stages/load-incumbent.ts';

/** The steps of a run whose time is taken; all but the last happen in the training thread. */
export const RUN_STEPS = [
  'read',
  'prepare',
  'search',
  'evaluate',
  'gate',
  'refit',
  'encode',
  'publish',
] as const;
export type RunStep = (typeof RUN_STEPS)[number];

/** What the training thread is started with. */
export interface TrainingOrder {
  readonly runId: string;
  readonly attempt: number;
  /** Begins the names of temporary files, so that those of an attempt that was cut off are found. */
  readonly scope: string;
  readonly request: RunConfig;
  readonly engine: Environment['ENGINE'];
  readonly engineThreads: Environment['ENGINE_THREADS'];
  readonly databaseUrl: string;
  readonly artifactDir: string;
  readonly logLevel: string;
  readonly codeRevision: string;
  /** Shortest time between two checkpoints; 0 = after every epoch. */
  readonly checkpointMs: number;
  /** What an earlier attempt prepared: read in place of the database, which has grown meanwhile. */
  readonly prepared: Prepared | undefined;
  /** The model that is served, which the gate compares with; undefined before the first. */
  readonly incumbent: IncumbentOrder | undefined;
  /** The model to begin from; undefined = from the beginning. */
  readonly warmStart: IncumbentOrder | undefined;
  /** Build of the kernel; undefined = the fastest that runs here. */
  readonly engineBuild: EngineChoice['build'] | undefined;
  /** A training is repeated: nothing may take the place of its snapshot, nor of the model that it began from. */
  readonly isRepetition: boolean;
}

/** The prepared columns of a run, by the hash of their snapshot, and how they came about. */
export interface Prepared {
  readonly snapshotSha256: string;
  readonly funnel: Funnel;
}

/** A trained model, ready to be stored. */
export interface TrainedModel extends Prepared {
  readonly file: Uint8Array;
  readonly description: Manifest['file'];
  readonly probes: Manifest['probes'];
  readonly counts: Manifest['counts'];
  readonly components: Manifest['components'];
  readonly metrics: Metrics;
  readonly engine: Manifest['engine'];
  readonly trainedUntilMs: number;
  /** The version that the training began from. */
  readonly warmStart: string | null;
}

export type ThreadMessage =
  | { readonly type: 'step'; readonly step: RunStep; readonly message: string }
  | { readonly type: 'reading'; readonly events: number; readonly totalEvents: number }
  | { readonly type: 'prepared'; readonly prepared: Prepared }
  /** How far the preparation came that is about to fail. */
  | { readonly type: 'refused'; readonly funnel: Funnel }
  | { readonly type: 'training'; readonly position: TrainModelProgress }
  /** The last report of an epoch, once the next thing has begun. */
  | { readonly type: 'epoch'; readonly position: TrainModelProgress }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'trained'; readonly model: TrainedModel }
  | { readonly type: 'failed'; readonly error: ThreadError };

/** An error as it crosses the thread; without a code it is one that nobody foresaw. */
export interface ThreadError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}
