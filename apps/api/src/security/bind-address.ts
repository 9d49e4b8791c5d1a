import { isSommelierError, SommelierError } from '@sommelier/contracts';
import type { KeyTable } from './key-table.ts';

/**
 * Refuses to listen where other machines can ask, unless there is a key that they have to show.
 * @throws SommelierError `unsafe-address`
 */
export function requireKeys(host: string, keys: Pick<KeyTable, 'state' | 'isEmpty' | 'lastError'>): void {
  const advice =
    'Make one with "sommelier keys create --name NAME --role ROLE", or set API_KEY, or listen on HOST=127.0.0.1.';
  if (keys.state === 'unread') {
    const reason = isSommelierError(keys.lastError) ? keys.lastError.message : 'No answer yet.';
    const message = `The API does not listen on ${host} before it has read its keys. ${reason} ${advice}`;
    throw new SommelierError('unsafe-address', message, { cause: keys.lastError });
  }
  if (keys.isEmpty) {
    const message = `The API listens on ${host} only when there is an API key, and there is none. ${advice}`;
    throw new SommelierError('unsafe-address', message);
  }
}
