import type { ActiveModel, Config } from '@sommelier/contracts';
import type {
  Database,
  ErasureQueue,
  Logger,
  ScheduleQueue,
  Tracing,
  TrainingQueue,
} from '@sommelier/platform';
import type { FollowedShop } from './changes/followed-shop.ts';
import type { ApiMetrics } from './metrics/api-metrics.ts';
import type { RunStreams } from './runs/run-streams.ts';
import type { Security } from './security/open-security.ts';
import type { ServedModels } from './serving/model/serve-models.ts';

/** Everything that the routes are built from. */
export interface ApiParts extends Omit<FollowedShop, 'stop'>, Omit<ServedModels, 'stop'> {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly queue: TrainingQueue;
  readonly scheduleQueue: ScheduleQueue;
  readonly erasureQueue: Pick<ErasureQueue, 'wake'>;
  /** Tells all replicas which model is active. */
  readonly announceModel: (active: ActiveModel, sha256: string) => Promise<void>;
  /** Threads that score on the model. */
  readonly scoringThreads: number;
  readonly security: Security;
  readonly metrics: ApiMetrics;
  readonly tracing: Tracing;
  readonly runStreams: RunStreams;
  /** Whether the process is about to end: then every answer asks its connection to be closed. */
  readonly isStopping: () => boolean;
}
