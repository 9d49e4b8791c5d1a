import type { Category, Item, ItemFilter, PropertyValue } from '@sommelier/contracts';
import type { FilterExpression, FilterField } from '../filter-expression.ts';
import { parseFilter } from '../parse-filter.ts';

const encoder = new TextEncoder();

/**
 * Says by the definition, item by item and without any column or bit, the first part of a filter that removes an item;
 * `item` is undefined for one that is in no table.
 */
export function firstRemovalByDefinition(
  itemId: string,
  item: Item | undefined,
  categories: readonly Category[],
  filter: ItemFilter,
): 'include' | 'category' | 'inStock' | 'price' | 'filter' | undefined {
  const { category, inStock, minPrice, maxPrice, filter: text, include } = filter;
  if (include !== undefined && !include.includes(itemId)) return 'include';
  if (category !== undefined && !liesBelow(item?.categoryId ?? null, category, categories)) return 'category';
  if (inStock === true && item?.available !== true) return 'inStock';
  const price = item?.price ?? null;
  if (minPrice !== undefined && (price === null || price < minPrice)) return 'price';
  if (maxPrice !== undefined && (price === null || price > maxPrice)) return 'price';
  if (text !== undefined && (item === undefined || !holds(parseFilter(text), item))) return 'filter';
  return undefined;
}

/** Whether the category or one above it is among the wanted ones: walks up, as many steps as there are categories. */
function liesBelow(from: string | null, wanted: readonly string[], categories: readonly Category[]): boolean {
  let at = from;
  for (let step = 0; at !== null && step <= categories.length; step++) {
    if (wanted.includes(at)) return true;
    const child: string = at;
    at = categories.find(({ categoryId }) => categoryId === child)?.parentId ?? null;
  }
  return false;
}

function holds(expression: FilterExpression, item: Item): boolean {
  switch (expression.kind) {
    case 'and':
      return !expression.terms.some((term) => !holds(term, item));
    case 'or':
      return expression.terms.some((term) => holds(term, item));
    case 'not':
      return !holds(expression.term, item);
    case 'exists':
      return fieldOf(expression.field, item) !== undefined;
    case 'in':
      return expression.values.some((value) => value === fieldOf(expression.field, item));
    case 'compare':
      return compares(fieldOf(expression.field, item), expression.operator, expression.value);
  }
}

function fieldOf(field: FilterField, item: Item): PropertyValue | undefined {
  if (field.kind === 'property') return item.properties[field.name];
  if (field.name === 'price') return item.price ?? undefined;
  return field.name === 'category' ? (item.categoryId ?? undefined) : item.available;
}

function compares(found: PropertyValue | undefined, operator: string, wanted: PropertyValue): boolean {
  if (found === undefined || typeof found !== typeof wanted) return false;
  if (operator === '=') return found === wanted;
  if (operator === '!=') return found !== wanted;
  if (operator === 'contains') return String(found).indexOf(String(wanted)) >= 0;
  if (operator === 'startsWith') return String(found).indexOf(String(wanted)) === 0;
  const order =
    typeof found === 'number' && typeof wanted === 'number'
      ? Math.sign(found - wanted)
      : Buffer.compare(encoder.encode(String(found)), encoder.encode(String(wanted)));
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]!;
}
