import type { Category, Item } from '@sommelier/contracts';
import { hash32, uniform } from '@sommelier/ncf';
import { itemIdOf } from '../serve/shop.ts';

/** Categories in three levels: `top0` to `top4`, `mid0` to `mid19`, `low0` to `low79`; items are in any of them. */
export const LEVELS = [
  { name: 'top', count: 5 },
  { name: 'mid', count: 20 },
  { name: 'low', count: 80 },
] as const;
export const COLOURS = ['red', 'rosé', 'white', 'orange'] as const;

/** Streams of the counter-based randomness. */
const [LEVEL, CATEGORY, STOCK, PRICE, COLOUR, SIZE] = [11, 12, 13, 14, 15, 16];

/** A fifth of the categories of a level lies below each of the level above. */
export function madeUpCategories(): Category[] {
  return LEVELS.flatMap(({ name, count }, level) =>
    Array.from({ length: count }, (_, k) => {
      const above = LEVELS[level - 1];
      return {
        categoryId: `${name}${k}`,
        parentId: above === undefined ? null : `${above.name}${k % above.count}`,
      };
    }),
  );
}

/** An item in which about one thing in ten is not known. */
export function madeUpItem(index: number, seed: number): Item {
  const draw = (stream: number) => uniform(seed, stream, index);
  const { name, count } = LEVELS[Math.floor(draw(LEVEL) * LEVELS.length)]!;
  const knows = (stream: number) => hash32(seed, stream, index) % 10 !== 0;
  return {
    itemId: itemIdOf(index),
    categoryId: knows(CATEGORY) ? `${name}${Math.floor(draw(CATEGORY) * count)}` : null,
    available: draw(STOCK) < 0.7,
    price: knows(PRICE) ? Math.round(draw(PRICE) * 10_000) / 100 : null,
    properties: {
      ...(knows(COLOUR) && { colour: COLOURS[Math.floor(draw(COLOUR) * COLOURS.length)]! }),
      ...(knows(SIZE) && { size: Math.floor(draw(SIZE) * 50) }),
    },
    updatedAtMs: 0,
  };
}
