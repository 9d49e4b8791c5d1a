import type { GrowingPairs } from './growing-pairs.ts';

/** Pushes the `most` largest of a row, in the order in which they come; of equal ones the first. */
export function keepLargest(
  items: Uint32Array,
  values: Float32Array,
  most: number,
  out: Pick<GrowingPairs, 'push'>,
): void {
  if (items.length <= most) {
    for (let index = 0; index < items.length; index++) out.push(items[index]!, values[index]!);
    return;
  }
  const threshold = values.slice().sort()[items.length - most]!;
  let above = 0;
  for (const value of values) if (value > threshold) above++;
  let equalLeft = most - above;
  for (let index = 0; index < items.length; index++) {
    const value = values[index]!;
    if (value < threshold || (value === threshold && equalLeft-- <= 0)) continue;
    out.push(items[index]!, value);
  }
}
