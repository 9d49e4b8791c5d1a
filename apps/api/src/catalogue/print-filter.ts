import type { PropertyValue } from '@sommelier/contracts';
import { type FilterExpression, type FilterField, ITEM_FIELDS } from './filter-expression.ts';
import { PROPERTY_PREFIX, RESERVED_WORDS } from './parse-filter.ts';

/** The text of an expression in one form: texts that mean the same tree are printed alike, and read back as it. */
export function printFilter(expression: FilterExpression): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.terms.map(printTerm).join(` ${expression.kind} `);
    case 'not':
      return `not ${printTerm(expression.term)}`;
    case 'exists':
      return `exists(${printField(expression.field)})`;
    case 'in':
      return `${printField(expression.field)} in (${expression.values.map(printValue).join(', ')})`;
    case 'compare':
      return `${printField(expression.field)} ${expression.operator} ${printValue(expression.value)}`;
  }
}

function printTerm(expression: FilterExpression): string {
  const isJoined = expression.kind === 'and' || expression.kind === 'or';
  return isJoined ? `(${printFilter(expression)})` : printFilter(expression);
}

function printField({ kind, name }: FilterField): string {
  if (kind === 'item') return name;
  const needsPrefix =
    Object.hasOwn(ITEM_FIELDS, name) ||
    RESERVED_WORDS.has(name.toLowerCase()) ||
    name.startsWith(PROPERTY_PREFIX);
  return needsPrefix ? PROPERTY_PREFIX + name : name;
}

function printValue(value: PropertyValue): string {
  if (typeof value !== 'string') return String(value);
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${escaped.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}
