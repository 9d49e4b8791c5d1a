import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

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
