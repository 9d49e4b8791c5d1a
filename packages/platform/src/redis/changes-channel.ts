import { CHANGES_CHANNEL } from '@sommelier/contracts';
import type { Logger } from '../logger.ts';
import { channelName, type Subscription, subscribeChannel } from './channel.ts';
import { connectRedis } from './connection.ts';

export interface ChangesPublisher {
  /** Says that the log of changes has new rows. Best effort: it never throws, waits or queues. */
  publish(): void;
  close(): Promise<void>;
}

/** Tells all replicas about new rows in the log of changes. A hint: who misses it finds the rows by polling. */
export function createChangesPublisher(redisUrl: string, prefix: string, logger: Logger): ChangesPublisher {
  const redis = connectRedis(redisUrl, 'producer', logger);
  const channel = channelName(prefix, CHANGES_CHANNEL);
  let sending = false;
  let again = false;
  const publish = (): void => {
    if (redis.status !== 'ready') return;
    // One that is under way may have arrived before the newest rows were there: one more follows it, however many ask.
    if (sending) {
      again = true;
      return;
    }
    sending = true;
    redis
      .publish(channel, '')
      .catch((error: Error) => logger.debug({ error: error.message }, 'a hint of changes was lost'))
      .finally(() => {
        sending = false;
        if (!again) return;
        again = false;
        publish();
      });
  };
  return {
    publish,
    async close() {
      redis.disconnect();
    },
  };
}

/** Calls `onHint` whenever the log of changes may have new rows: on each message, and after each (re)subscription. */
export function subscribeChanges(options: {
  redisUrl: string;
  prefix: string;
  logger: Logger;
  onHint: () => void;
}): Subscription {
  const { redisUrl, prefix, logger, onHint } = options;
  const channel = channelName(prefix, CHANGES_CHANNEL);
  return subscribeChannel({ redisUrl, channel, logger, onMessage: () => onHint() });
}
