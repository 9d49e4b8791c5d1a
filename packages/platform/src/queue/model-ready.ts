import { MODEL_READY_CHANNEL, type ModelReady, modelReadySchema } from '@sommelier/contracts';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { connectRedis } from '../redis/connection.ts';

/** Longest message that is looked at; a real one has about 200 characters. */
const MAX_MESSAGE_LENGTH = 10_000;

/** Redis channel of an installation; pub/sub knows no key prefixes, so the prefix is part of the name. */
export function modelReadyChannel(prefix: string): string {
  return `${prefix}:${MODEL_READY_CHANNEL}`;
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
}): { close(): Promise<void> } {
  const { redisUrl, prefix, logger, onHint } = subscription;
  const redis = connectRedis(redisUrl, 'subscriber', logger);
  const channel = modelReadyChannel(prefix);
  let closed = false;
  const hint = (message: ModelReady | undefined): void => {
    if (closed) return;
    try {
      onHint(message);
    } catch (error) {
      logger.error({ err: error }, 'handling a model-ready hint failed');
    }
  };
  redis.on('message', (_channel: string, text: string) => {
    const message = parse(text);
    if (message === undefined) {
      logger.warn({ channel, message: text.slice(0, 200) }, 'ignored a message that is not a model-ready');
    } else hint(message);
  });
  // Subscribing by hand on every connection, because ioredis does not say when it has resubscribed by itself.
  redis.on('ready', () => {
    redis.subscribe(channel).then(
      () => hint(undefined),
      (error: Error) => logger.warn({ error: error.message }, 'subscribing to model-ready failed'),
    );
  });
  return {
    async close() {
      closed = true;
      redis.disconnect();
    },
  };
}

function parse(text: string): ModelReady | undefined {
  if (text.length > MAX_MESSAGE_LENGTH) return undefined;
  try {
    return modelReadySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
