import { DAMAGES, damaged } from './damage.ts';
import { hostileText } from './hostile-text.ts';
import type { Random } from './random.ts';

const MODEL_READY = {
  schemaVersion: 1,
  generation: 3,
  version: '20260101T000000Z-000000000001',
  sha256: 'a'.repeat(64),
  publishedAt: 1_700_000_000_000,
};
const DEEP = 2_000;

/** A text that is published on a channel in place of a message. */
export function messageText(random: Random): Buffer {
  const sound = Buffer.from(JSON.stringify(MODEL_READY));
  const way = random.whole(0, 5);
  if (way === 0) return Buffer.from(damaged(sound, random.pick(DAMAGES), random));
  if (way === 1) return Buffer.from(JSON.stringify(withOneWrong(MODEL_READY, random)));
  if (way === 2) return Buffer.from(`${'['.repeat(random.whole(1, DEEP))}`);
  if (way === 3) return Buffer.from(JSON.stringify(anyValue(random)) ?? '');
  if (way === 4)
    return Buffer.from(Uint8Array.from({ length: random.whole(0, 200) }, () => random.whole(0, 255)));
  return Buffer.from(hostileText(random));
}

/** What a job carries in place of its data. */
export function jobData(random: Random): unknown {
  const key = random.pick(['runId', 'schedule', 'due', 'erasure', '__proto__', 'constructor']);
  const way = random.whole(0, 3);
  if (way === 0) return anyValue(random);
  if (way === 1) return { [key]: anyValue(random) };
  if (way === 2) return { runId: hostileText(random), [key]: anyValue(random) };
  return { schedule: hostileText(random), due: anyValue(random) };
}

function withOneWrong(sound: object, random: Random): unknown {
  return { ...sound, [random.pick(Object.keys(sound))]: anyValue(random) };
}

/** Any JSON value, small or odd. */
function anyValue(random: Random, depth = 0): unknown {
  const way = random.whole(0, depth > 4 ? 4 : 6);
  if (way === 0) return null;
  if (way === 1) return random.chance(0.5);
  if (way === 2) return random.pick([0, -1, 1.5, 1e308, -1e-308, 2 ** 53, Number.MAX_VALUE]);
  if (way <= 4) return hostileText(random);
  const length = random.whole(0, 4);
  if (way === 5) return Array.from({ length }, () => anyValue(random, depth + 1));
  return Object.fromEntries(Array.from({ length }, () => [hostileText(random), anyValue(random, depth + 1)]));
}
