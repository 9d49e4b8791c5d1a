import type { Logger } from '../logger.ts';
import { connectRedis } from './connection.ts';

/** Name of an installation's channel; pub/sub knows no key prefixes, so the prefix is part of the name. */
export function channelName(prefix: string, channel: string): string {
  return `${prefix}:${channel}`;
}

export interface Subscription {
  close(): Promise<void>;
}

/**
 * Calls `onMessage` with each message of a channel, and with undefined after each subscription and resubscription, since
 * messages may have been missed until then. Errors that it throws are logged.
 */
export function subscribeChannel(options: {
  redisUrl: string;
  channel: string;
  logger: Logger;
  onMessage: (text: string | undefined) => void;
}): Subscription {
  const { redisUrl, channel, logger, onMessage } = options;
  const redis = connectRedis(redisUrl, 'subscriber', logger);
  let closed = false;
  const handle = (text: string | undefined): void => {
    if (closed) return;
    try {
      onMessage(text);
    } catch (error) {
      logger.error({ err: error, channel }, 'handling a message failed');
    }
  };
  redis.on('message', (_channel: string, text: string) => handle(text));
  // Subscribing by hand on every connection, because ioredis does not say when it has resubscribed by itself.
  redis.on('ready', () => {
    redis.subscribe(channel).then(
      () => handle(undefined),
      (error: Error) => logger.warn({ channel, error: error.message }, 'subscribing failed'),
    );
  });
  return {
    async close() {
      closed = true;
      redis.disconnect();
    },
  };
}
