import type { PropertyValue } from '@sommelier/contracts';

/** Names that mean a column of the item itself; what each holds. */
export const ITEM_FIELDS = { price: 'number', category: 'string', available: 'boolean' } as const;
export type ItemField = keyof typeof ITEM_FIELDS;

/** What a condition looks at: a column of the item itself, or one of its properties. */
export type FilterField =
  | { readonly kind: 'item'; readonly name: ItemField }
  | { readonly kind: 'property'; readonly name: string };

export const ORDER_OPERATORS = ['<', '<=', '>', '>='] as const;
export const TEXT_OPERATORS = ['contains', 'startsWith'] as const;
export type ComparisonOperator =
  | '='
  | '!='
  | (typeof ORDER_OPERATORS)[number]
  | (typeof TEXT_OPERATORS)[number];

/** A condition on one field. */
export type FilterCondition =
  | {
      readonly kind: 'compare';
      readonly field: FilterField;
      readonly operator: ComparisonOperator;
      readonly value: PropertyValue;
    }
  | { readonly kind: 'in'; readonly field: FilterField; readonly values: readonly PropertyValue[] }
  | { readonly kind: 'exists'; readonly field: FilterField };

/** What the text of a `filter` says; its grammar is in docs/filters.md. */
export type FilterExpression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly FilterExpression[] }
  | { readonly kind: 'not'; readonly term: FilterExpression }
  | FilterCondition;
