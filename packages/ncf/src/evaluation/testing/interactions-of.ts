import type { Interactions } from '../../preparation/interactions.ts';

/** Interactions from rows of item indices, oldest first; strengths are 1, 2, 3, 1, ... over the pairs. */
export function interactionsOf(rows: readonly (readonly number[])[], itemCount: number): Interactions {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [user, row] of rows.entries()) offsets[user + 1] = offsets[user]! + row.length;
  const items = Uint32Array.from(rows.flat());
  return {
    userIds: rows.map((_, user) => `u${String(user).padStart(6, '0')}`),
    itemIds: [...new Array(itemCount).keys()].map((item) => `i${String(item).padStart(6, '0')}`),
    offsets,
    items,
    strengths: Float32Array.from(items, (_, pair) => (pair % 3) + 1),
    timestampsMs: Float64Array.from(items, (_, pair) => 1_000 + pair),
  };
}
