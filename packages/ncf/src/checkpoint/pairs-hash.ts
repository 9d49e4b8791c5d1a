import { createHash } from 'node:crypto';
import type { TrainingPairs } from '../engine/training-engine.ts';

/** SHA-256 in hexadecimal of all that an engine learns from. */
export function pairsSha256({ userCount, itemCount, offsets, items, strengths }: TrainingPairs): string {
  const hash = createHash('sha256').update(`${userCount} ${itemCount} ${items.length}\n`);
  for (const part of [offsets, items, strengths])
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest('hex');
}
