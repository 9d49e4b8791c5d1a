import type { Category, Item, ItemFilter, PropertyValue } from '@sommelier/contracts';
import fc from 'fast-check';
import type { FilterExpression, FilterField } from '../filter-expression.ts';

export const itemIdOf = (index: number) => `i${String(index).padStart(7, '0')}`;
/** `lost` is in no table. */
const CATEGORY_IDS = ['a', 'b', 'c', 'd', 'e', 'lost'];
const NAMES = ['colour', 'size', 'price', 'not'];
const categoryId = fc.constantFrom(...CATEGORY_IDS);
const price = fc.constantFrom(0, 1, 2.5, 10);
const value: fc.Arbitrary<PropertyValue> = fc.oneof(
  fc.constantFrom('red', 'dark red', 'blue', '', '😀', '\uffff'),
  fc.constantFrom(-1, 0, 1, 2.5),
  fc.boolean(),
);

export const arbitraryCategories: fc.Arbitrary<Category[]> = fc.uniqueArray(
  fc.record({ categoryId: fc.constantFrom('a', 'b', 'c', 'd', 'e'), parentId: fc.option(categoryId) }),
  { selector: (category) => category.categoryId },
);

export function arbitraryItem(itemId: string): fc.Arbitrary<Item> {
  return fc.record({
    itemId: fc.constant(itemId),
    categoryId: fc.option(categoryId),
    available: fc.boolean(),
    price: fc.option(price),
    properties: fc.dictionary(fc.constantFrom(...NAMES), value),
    updatedAtMs: fc.constant(0),
  });
}

/** Some of the items 0 to itemCount, each once. */
export function arbitraryItems(itemCount: number): fc.Arbitrary<Item[]> {
  const each = Array.from({ length: itemCount }, (_, index) => fc.option(arbitraryItem(itemIdOf(index))));
  return fc.tuple(...each).map((items) => items.filter((item) => item !== null));
}

const property: fc.Arbitrary<FilterField> = fc.record({
  kind: fc.constant('property' as const),
  name: fc.constantFrom(...NAMES, 'properties.x'),
});
const compare = (
  field: fc.Arbitrary<FilterField>,
  operators: readonly ('=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'startsWith')[],
  values: fc.Arbitrary<PropertyValue>,
) =>
  fc.oneof(
    fc.record({
      kind: fc.constant('compare' as const),
      field,
      operator: fc.constantFrom(...operators),
      value: values,
    }),
    fc.record({
      kind: fc.constant('in' as const),
      field,
      values: fc.array(values, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('exists' as const), field }),
  );
const item = (name: 'price' | 'category' | 'available') => fc.constant({ kind: 'item' as const, name });
const text = fc.string({ unit: 'binary' });
const condition: fc.Arbitrary<FilterExpression> = fc.oneof(
  compare(property, ['=', '!='], value),
  compare(
    property,
    ['<', '<=', '>', '>='],
    value.filter((one) => typeof one !== 'boolean'),
  ),
  compare(property, ['contains', 'startsWith'], fc.oneof(fc.constantFrom('red', 'r', ''), text)),
  compare(
    item('price'),
    ['=', '!=', '<', '<=', '>', '>='],
    fc.oneof(
      price,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    ),
  ),
  compare(item('category'), ['=', '!=', '<', '>=', 'contains', 'startsWith'], categoryId),
  compare(item('available'), ['=', '!='], fc.boolean()),
);

export const arbitraryExpression: fc.Arbitrary<FilterExpression> = fc.letrec<{ tree: FilterExpression }>(
  (tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      condition,
      fc.record({ kind: fc.constant('not' as const), term: tie('tree') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  }),
).tree;

/** Filters over such items; `filter` texts are made by the caller. */
export function arbitraryFilter(itemCount: number, filter: fc.Arbitrary<string>): fc.Arbitrary<ItemFilter> {
  const index = fc.nat(itemCount + 1);
  return fc.record(
    {
      category: fc.array(categoryId, { minLength: 1, maxLength: 3 }),
      inStock: fc.boolean(),
      minPrice: price,
      maxPrice: price,
      filter,
      include: fc.array(index.map(itemIdOf), { minLength: 1, maxLength: itemCount }),
    },
    { requiredKeys: [] },
  );
}
