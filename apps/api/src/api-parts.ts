import type { ActiveModel, Config } from '@sommelier/contracts';
import type { Database, Logger, ScheduleQueue, TrainingQueue } from '@sommelier/platform';
import type { CatalogueUpdates } from './catalogue/catalogue-updates.ts';
import type { ItemCatalogue } from './catalogue/item-catalogue.ts';
import type { ChangeAnnouncer } from './changes/change-announcer.ts';
import type { Security } from './security/open-security.ts';
import type { ModelHolder } from './serving/model-holder.ts';
import type { UserHistory } from './serving/user-history.ts';

/** Everything that the routes are built from. */
export interface ApiParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly queue: TrainingQueue;
  readonly scheduleQueue: ScheduleQueue;
  /** Loads and verifies a version as for serving, and lets it go. */
  readonly checkModel: (version: string) => Promise<void>;
  /** Tells all replicas which model is active. */
  readonly announceModel: (active: ActiveModel, sha256: string) => Promise<void>;
  readonly models: ModelHolder;
  readonly userHistory: UserHistory;
  readonly changes: ChangeAnnouncer;
  readonly catalogue: ItemCatalogue;
  readonly catalogueUpdates: CatalogueUpdates;
  /** Threads that score on the model. */
  readonly scoringThreads: number;
  readonly security: Security;
  /** Whether the process is about to end: then every answer asks its connection to be closed. */
  readonly isStopping: () => boolean;
}
