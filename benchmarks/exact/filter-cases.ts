import type { Category, Item } from '@sommelier/contracts';
import { hash32 } from '@sommelier/ncf';
import { itemIdOf } from '../serve/shop.ts';
import { COLOURS } from './made-up-items.ts';

const INCLUDED = 50;
const INCLUDE = 21;

/** A filter of a user's request: what is asked for, and by its definition which items may be in the answer. */
export interface FilterCase {
  readonly query: string;
  readonly meets: (item: Item, index: number) => boolean;
  readonly excludeSeen?: boolean;
  readonly maxPerCategory?: number;
}

export interface FilterShop {
  readonly itemCount: number;
  readonly categories: readonly Category[];
  readonly seed: number;
}

/** The filters that every user's top is asked with, by name; their values differ from user to user. */
export function filterCasesOf(user: number, shop: FilterShop): Record<string, FilterCase> {
  const top = `top${user % 5}`;
  const below = familyOf(top, shop.categories);
  const [least, most] = [user % 40, 40 + (user % 60)];
  const [colour, size] = [COLOURS[user % COLOURS.length]!, user % 50];
  const expression = `colour in ("${colour}", "red") and not size < ${size} or not exists(category)`;
  const included = new Set(
    Array.from({ length: INCLUDED }, (_, k) => hash32(shop.seed, INCLUDE, user, k) % shop.itemCount),
  );
  const inCategory = ({ categoryId }: Item) => categoryId !== null && below.has(categoryId);
  const priced = ({ available, price }: Item) =>
    available && price !== null && price >= least && price <= most;
  const expressed = ({ categoryId, properties }: Item) =>
    ((properties.colour === colour || properties.colour === 'red') &&
      !(Number(properties.size ?? NaN) < size)) ||
    categoryId === null;
  const parts = {
    category: `&category=${top}`,
    price: `&inStock=true&minPrice=${least}&maxPrice=${most}`,
    expression: `&filter=${encodeURIComponent(expression)}`,
  };
  const maxPerCategory = 1 + (user % 3);
  return {
    none: { query: '', meets: () => true },
    excludeSeen: { query: '', meets: () => true, excludeSeen: true },
    category: { query: parts.category, meets: inCategory },
    'stock and price': { query: parts.price, meets: priced },
    expression: { query: parts.expression, meets: expressed },
    include: {
      query: `&include=${[...included].map(itemIdOf).join(',')}`,
      meets: (_, index) => included.has(index),
    },
    maxPerCategory: { query: '', meets: () => true, maxPerCategory },
    'all together': {
      query: parts.category + parts.price + parts.expression,
      meets: (item) => inCategory(item) && priced(item) && expressed(item),
      excludeSeen: true,
      maxPerCategory,
    },
  };
}

/** A category with all that lies below it. */
function familyOf(categoryId: string, categories: readonly Category[]): Set<string> {
  const family = new Set([categoryId]);
  // Parents come before their children in the made-up tree.
  for (const { categoryId: id, parentId } of categories)
    if (parentId !== null && family.has(parentId)) family.add(id);
  return family;
}
