import type { RankedItem } from '@sommelier/ncf';
import type { Variety } from './scoring-protocol.ts';

/** Items that are looked at beyond those that are still wanted, so that few rounds are enough. */
const SPARE_ITEMS = 20;

/**
 * The best n items with at most so many of one group: what is left when the whole ranking is gone through from the top
 * and each item of a full group is passed over. Exact: a round leaves out what the rounds before it took and every item
 * of a full group, which is what going on from there would do.
 * @param rank the best items, at most so many, of those whose bit is set
 * @param bits a bit an item; stays as it is
 */
export function variedTop(
  rank: (size: number, bits: Uint8Array) => RankedItem[],
  wanted: { readonly n: number; readonly bits: Uint8Array; readonly variety: Variety },
): RankedItem[] {
  const { n, variety } = wanted;
  const { groups, maxPerGroup } = variety;
  const bits = wanted.bits.slice();
  const taken: RankedItem[] = [];
  const sizes = new Map<number, number>();
  const isFull = (group: number) => group !== 0 && (sizes.get(group) ?? 0) >= maxPerGroup;
  while (taken.length < n) {
    const size = 2 * (n - taken.length) + SPARE_ITEMS;
    const ranked = rank(size, bits);
    for (const item of ranked) {
      const group = groups[item.itemIndex]!;
      if (isFull(group)) continue;
      taken.push(item);
      if (taken.length === n) return taken;
      sizes.set(group, (sizes.get(group) ?? 0) + 1);
      bits[item.itemIndex >>> 3]! &= ~(1 << (item.itemIndex & 7));
    }
    if (ranked.length < size) return taken;
    for (const [item, group] of groups.entries()) {
      if (isFull(group)) bits[item >>> 3]! &= ~(1 << (item & 7));
    }
  }
  return taken;
}
