import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { isSommelierError, SommelierError } from '@sommelier/contracts';
import type { KeyTable } from './key-table.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine can reach an address to listen on; a name counts as what it resolves to. */
export async function isLoopback(host: string): Promise<boolean> {
  const addresses = isIP(host) > 0 ? [host] : await resolve(host);
  return (
    addresses.length > 0 &&
    addresses.every((address) => LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
  );
}

async function resolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // Listening will say what is wrong with the name.
    return [];
  }
}

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
