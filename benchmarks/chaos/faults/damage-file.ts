import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Damage } from '../fault.ts';

/**
 * Puts other bytes in the place of a file: its beginning, itself with one bit changed, or another file's. Renamed into
 * place, since a reader may have the file open; gives what puts it right again.
 * @param share where it is cut or changed, in [0, 1)
 * @param other a file of the same kind, for `swapped`
 */
export async function damageFile(
  path: string,
  damage: Damage,
  { share, other }: { share: number; other: string },
): Promise<() => Promise<void>> {
  const whole = await readFile(path);
  await replaceFile(path, damaged(whole, damage, share) ?? (await readFile(other)));
  return () => replaceFile(path, whole);
}

function damaged(whole: Uint8Array, damage: Damage, share: number): Uint8Array | undefined {
  const place = Math.floor(share * whole.length);
  if (damage === 'truncated') return whole.subarray(0, place);
  if (damage === 'swapped') return undefined;
  const flipped = Uint8Array.from(whole);
  flipped[place] = flipped[place]! ^ (1 << (place % 8));
  return flipped;
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, bytes);
  await rename(beside, path);
}
