import type { Config } from '@sommelier/contracts';
import { createChangesPublisher, type Environment, type Logger, subscribeChanges } from '@sommelier/platform';
import type { BackgroundDatabase } from '../background-database.ts';
import { CatalogueUpdates } from '../catalogue/catalogue-updates.ts';
import { ItemCatalogue } from '../catalogue/item-catalogue.ts';
import { type HistoryEvent, USER_HISTORY_LIMITS, UserHistory } from '../serving/answers/user-history.ts';
import type { ErasedUsers } from '../serving/model/erased-users.ts';
import { ChangeAnnouncer } from './change-announcer.ts';
import { ChangeFollower } from './change-follower.ts';
import type { ChangeHandlers } from './change-handlers.ts';

/** What a replica keeps in memory of users and items, and what keeps it as new as the database. */
export interface FollowedShop {
  readonly userHistory: UserHistory;
  readonly catalogue: ItemCatalogue;
  readonly catalogueUpdates: CatalogueUpdates;
  readonly changes: ChangeAnnouncer;
  /** How far this replica is behind the database, ms; undefined until it has read the log of changes once. */
  readonly changeLagMs: () => number | undefined;
  stop(): Promise<void>;
}

/** Begins to follow the log of changes; the items are read after its first reading. */
export function followShop(parts: {
  environment: Environment;
  config: Config;
  database: BackgroundDatabase;
  erasedUsers: ErasedUsers;
  logger: Logger;
}): FollowedShop {
  const { environment, config, database, erasedUsers, logger } = parts;
  const redis = { redisUrl: environment.REDIS_URL, prefix: environment.REDIS_PREFIX, logger };
  const catalogue = itemCatalogue(database);
  const catalogueUpdates = new CatalogueUpdates({ catalogue, logger, now: Date.now });
  const handlers: ChangeHandlers = {
    usersChanged: (userIds) => userHistory.usersChanged(userIds),
    usersErased: (erased) => {
      if (erased === 'unknown') erasedUsers.refresh(() => userHistory.usersChanged('all'));
      else erasedUsers.add(erased);
    },
    itemsChanged: (itemIds) => catalogueUpdates.itemsChanged(itemIds),
    categoriesChanged: () => catalogueUpdates.categoriesChanged(),
  };
  const follower = changeFollower(environment, database, handlers, logger);
  const userHistory = historyOf(config, database, follower, logger);
  const publisher = createChangesPublisher(redis.redisUrl, redis.prefix, logger);
  follower.start();
  const subscription = subscribeChanges({ ...redis, onHint: () => follower.hint() });
  return {
    userHistory,
    catalogue,
    catalogueUpdates,
    changes: new ChangeAnnouncer({ handlers, follower, publisher }),
    changeLagMs: () => follower.lagMs,
    async stop() {
      await Promise.all([subscription.close(), follower.stop(), publisher.close()]);
      await catalogueUpdates.close();
    },
  };
}

/** The stores of the database are looked up at each call: it may not be open yet. */
function itemCatalogue(database: BackgroundDatabase): ItemCatalogue {
  return new ItemCatalogue({
    readItemPages: () => database.items.readItemPages(),
    readCategories: async () => database.items.readCategories(),
    findItems: async (itemIds) => database.items.findItems(itemIds),
  });
}

function changeFollower(
  environment: Environment,
  database: BackgroundDatabase,
  handlers: ChangeHandlers,
  logger: Logger,
): ChangeFollower {
  return new ChangeFollower({
    // Asked for each time: there is no store until the database is open.
    store: {
      newest: async (minAgeMs) => database.changes.newest(minAgeMs),
      readAfter: async (id, limit) => database.changes.readAfter(id, limit),
      between: async (fromId, toId) => database.changes.between(fromId, toId),
      prune: async (minAgeMs, maxPieces) => database.changes.prune(minAgeMs, maxPieces),
    },
    handlers,
    pollMs: environment.CHANGES_POLL_MS,
    logger,
    monotonicMs: () => performance.now(),
  });
}

function historyOf(
  config: Config,
  database: BackgroundDatabase,
  follower: ChangeFollower,
  logger: Logger,
): UserHistory {
  const { weights } = config.data;
  const types = Object.keys(weights);
  return new UserHistory({
    historiesOf: async (userIds, limit) => {
      const histories = new Map<string, HistoryEvent[]>();
      for (const [userId, events] of await database.events.historiesOf(userIds, types, limit)) {
        const weighted = events.map(({ itemId, type, timestampMs }) => ({
          itemId,
          weight: weights[type]!,
          timestampMs,
        }));
        histories.set(userId, weighted);
      }
      return histories;
    },
    isCurrent: () => follower.isCurrent(),
    logger,
    monotonicMs: () => performance.now(),
    ...USER_HISTORY_LIMITS,
  });
}
