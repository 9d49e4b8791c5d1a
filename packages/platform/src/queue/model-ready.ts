import { MODEL_READY_CHANNEL, type ModelReady, modelReadySchema } from '@sommelier/contracts';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { channelName, type Subscription, subscribeChannel } from '../redis/channel.ts';

/** Longest message that is looked at; a real one has about 200 characters. */
const MAX_MESSAGE_LENGTH = 10_000;

/** Redis channel of an installation. */
export function modelReadyChannel(prefix: string): string {
  return channelName(prefix, MODEL_READY_CHANNEL);
}

/** Tells all replicas that another model is active. A hint: who misses it finds out from the row. */
export async function publishModelReady(redis: Redis, prefix: string, message: ModelReady): Promise<void> {
  await redis.publish(modelReadyChannel(prefix), JSON.stringify(modelReadySchema.parse(message)));
}

/**
 * Calls `onHint` whenever the active model may have changed: with the message when one came, and without one after
 * each subscription and resubscription, since messages may have been missed until then. Messages that are not valid
 * are logged and ignored. Errors that `onHint` throws are logged.
 */
export function subscribeModelReady(subscription: {
  redisUrl: string;
  prefix: string;
  logger: Logger;
  onHint: (message: ModelReady | undefined) => void;
}): Subscription {
  const { redisUrl, prefix, logger, onHint } = subscription;
  const channel = modelReadyChannel(prefix);
  const onMessage = (text: string | undefined): void => {
    const message = text === undefined ? undefined : parse(text);
    if (text !== undefined && message === undefined) {
      logger.warn({ channel, message: text.slice(0, 200) }, 'ignored a message that is not a model-ready');
    } else onHint(message);
  };
  return subscribeChannel({ redisUrl, channel, logger, onMessage });
}

function parse(text: string): ModelReady | undefined {
  if (text.length > MAX_MESSAGE_LENGTH) return undefined;
  try {
    return modelReadySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
