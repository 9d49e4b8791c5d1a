import type { DataFinding } from '@sommelier/contracts';
import type { EventColumns } from '../preparation/event-columns.ts';
import type { KeptEvents } from '../preparation/kept-events.ts';
import { hash32 } from '../random/counter-random.ts';
import { countText, percentText } from './finding-text.ts';

const MANY_DUPLICATES = 0.01;
const HIGH_BITS = 2 ** 21;

/**
 * Events with the time, user, item and type of another: `warn` from a hundredth of all events on. Told by a hash of 53
 * bits: of ten million events, less than one in a hundred runs of this counts one pair too many. The database stores an
 * exact duplicate once, so that there it finds events of equal time whose transactions or event ids differ.
 */
export function duplicateFinding(events: KeptEvents, columns: EventColumns): DataFinding {
  const { timestampsMs, users, items, types } = columns;
  const hashes = new Float64Array(events.length);
  for (let place = 0; place < events.length; place++) {
    const event = events[place]!;
    const time = timestampsMs[event]!;
    const high = Math.floor(time / 2 ** 32);
    const low = time >>> 0;
    const type = types[event]!;
    const one = hash32(users[event]!, items[event]!, low, high * 256 + type);
    const other = hash32(items[event]! ^ 0x9e37_79b9, low, users[event]!, type * 65_536 + high);
    hashes[place] = one * HIGH_BITS + (other % HIGH_BITS);
  }
  hashes.sort();
  let found = 0;
  for (let place = 1; place < hashes.length; place++) if (hashes[place] === hashes[place - 1]) found++;
  const share = found / events.length;
  const figures = { events: found, share };
  const what = `${countText(found)} events (${percentText(share)}) have the time, user, item and type of another`;
  return share < MANY_DUPLICATES
    ? { level: 'ok', code: 'duplicates', text: `${what}.`, figures }
    : { level: 'warn', code: 'duplicates', text: `${what}: is something sent twice?`, figures };
}
