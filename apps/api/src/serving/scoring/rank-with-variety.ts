import type { RankedItem } from '@sommelier/ncf';
import type { Variety } from './scoring-protocol.ts';

/** Ranks the n best of the items whose bit is set. */
export type Rank = (n: number, eligible: Uint8Array) => RankedItem[];

/** More than n are ranked at once, since some will be skipped: a scan costs the same. */
const SPARE_FACTOR = 2;
const SPARE_ITEMS = 16;

/**
 * The n best eligible items with at most `maxPerGroup` of each group: the exact ranking is walked from its best item on,
 * and an item whose group is full is skipped. An item of group 0 is never skipped. As many items as that walk over the
 * whole ranking gives, whatever part of it a single call of `rank` has.
 */
export function rankWithVariety(
  {
    n,
    eligible,
    variety,
  }: { readonly n: number; readonly eligible: Uint8Array; readonly variety: Variety | undefined },
  rank: Rank,
): RankedItem[] {
  if (variety === undefined) return rank(n, eligible);
  const { groups, maxPerGroup } = variety;
  const left = eligible.slice();
  const counts = new Map<number, number>();
  const chosen: RankedItem[] = [];
  while (chosen.length < n) {
    const wanted = Math.min(groups.length, SPARE_FACTOR * (n - chosen.length) + SPARE_ITEMS);
    const ranked = rank(wanted, left);
    for (const item of ranked) {
      const { itemIndex } = item;
      clearBit(left, itemIndex);
      if (chosen.length === n || !takesPlace(groups[itemIndex]!, counts, maxPerGroup)) continue;
      chosen.push(item);
    }
    if (ranked.length < wanted) break;
    // What follows in the ranking, without what would be skipped anyway: each round fills a group or is the last one.
    clearFullGroups(left, groups, counts, maxPerGroup);
  }
  return chosen;
}

/** Counts an item for its group, unless that is full. */
function takesPlace(group: number, counts: Map<number, number>, maxPerGroup: number): boolean {
  if (group === 0) return true;
  const count = counts.get(group) ?? 0;
  if (count >= maxPerGroup) return false;
  counts.set(group, count + 1);
  return true;
}

function clearFullGroups(
  bits: Uint8Array,
  groups: Variety['groups'],
  counts: ReadonlyMap<number, number>,
  maxPerGroup: number,
): void {
  const full = [...counts].filter(([, count]) => count >= maxPerGroup).map(([group]) => group);
  const isFull = new Uint8Array(Math.max(0, ...full) + 1);
  for (const group of full) isFull[group] = 1;
  for (let item = 0; item < groups.length; item++) if (isFull[groups[item]!] === 1) clearBit(bits, item);
}

function clearBit(bits: Uint8Array, item: number): void {
  bits[item >>> 3]! &= ~(1 << (item & 7));
}
