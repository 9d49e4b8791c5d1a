import type { PropertyValue } from '@sommelier/contracts';
import { compareUtf8 } from '@sommelier/ncf';
import type { FilterCondition, FilterExpression, FilterField, ItemField } from './filter-expression.ts';
import type { ItemRows } from './item-rows.ts';
import { andFlags, orFlags, rowFlags } from './row-flags.ts';

/** What an item must be, ready to be asked of one row and of many. Both always agree. */
export interface RowCondition {
  readonly matches: (row: number) => boolean;
  /** Writes 1 or 0 to `out[i]` for `rows[i]`; `out` is made by `rowFlags`. */
  readonly scan: (rows: Uint32Array, out: Uint8Array) => void;
}

type ValueTest = (value: PropertyValue | undefined) => boolean;

/**
 * A filter's expression over the rows. A condition is false for an item that lacks what it looks at, or has it of
 * another type: `!=` too. `not` turns that round.
 */
export function expressionCondition(rows: ItemRows, expression: FilterExpression): RowCondition {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(
        expression.kind,
        expression.terms.map((term) => expressionCondition(rows, term)),
      );
    case 'not':
      return negated(expressionCondition(rows, expression.term));
    default:
      return fieldCondition(rows, expression.field, valueTest(expression));
  }
}

function joined(kind: 'and' | 'or', terms: readonly RowCondition[]): RowCondition {
  const isAnd = kind === 'and';
  return {
    matches: (row) =>
      isAnd ? terms.every((term) => term.matches(row)) : terms.some((term) => term.matches(row)),
    scan(rows, out) {
      const [first, ...rest] = terms;
      first!.scan(rows, out);
      const other = rowFlags(out.length);
      for (const term of rest) {
        term.scan(rows, other);
        if (isAnd) andFlags(out, other);
        else orFlags(out, other);
      }
    },
  };
}

function negated(term: RowCondition): RowCondition {
  return {
    matches: (row) => !term.matches(row),
    scan(rows, out) {
      term.scan(rows, out);
      for (let i = 0; i < out.length; i++) out[i]! ^= 1;
    },
  };
}

/** Whether a value of the field meets a condition; undefined = the item has none. */
function valueTest(condition: FilterCondition): ValueTest {
  if (condition.kind === 'exists') return (value) => value !== undefined;
  if (condition.kind === 'in') {
    const values = new Set(condition.values);
    return (value) => value !== undefined && values.has(value);
  }
  const { operator, value: wanted } = condition;
  const type = typeof wanted;
  const meets = comparison(operator, wanted);
  return (value) => typeof value === type && meets(value!);
}

function comparison(
  operator: Extract<FilterCondition, { kind: 'compare' }>['operator'],
  wanted: PropertyValue,
): (value: PropertyValue) => boolean {
  switch (operator) {
    case '=':
      return (value) => value === wanted;
    case '!=':
      return (value) => value !== wanted;
    case 'contains':
      return (value) => String(value).includes(String(wanted));
    case 'startsWith':
      return (value) => String(value).startsWith(String(wanted));
    case '<':
      return (value) => order(value, wanted) < 0;
    case '<=':
      return (value) => order(value, wanted) <= 0;
    case '>':
      return (value) => order(value, wanted) > 0;
    case '>=':
      return (value) => order(value, wanted) >= 0;
  }
}

/** Of two values of one type: numbers by size, texts by their UTF-8 bytes. */
function order(a: PropertyValue, b: PropertyValue): number {
  return typeof a === 'string' ? compareUtf8(a, String(b)) : Number(a) - Number(b);
}

function fieldCondition(rows: ItemRows, field: FilterField, test: ValueTest): RowCondition {
  return field.kind === 'property'
    ? propertyCondition(rows, field.name, test)
    : itemCondition(rows, field.name, test);
}

function propertyCondition({ properties }: ItemRows, name: string, test: ValueTest): RowCondition {
  return {
    matches: (row) => test(properties.valueOf(row, name)),
    scan(rows, out) {
      const codes = properties.column(name);
      if (codes === undefined) out.fill(0);
      else scanCodes(codes, properties.valueCount, (code) => test(properties.valueAt(code)), rows, out);
    },
  };
}

/** Asks a test once a distinct code; code 0, for no value, is never met. */
function scanCodes(
  codes: Uint32Array,
  codeCount: number,
  test: (code: number) => boolean,
  rows: Uint32Array,
  out: Uint8Array,
): void {
  // 0 = not asked yet, 1 = no, 2 = yes.
  const verdicts = new Uint8Array(codeCount);
  verdicts[0] = 1;
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]!]!;
    let verdict = verdicts[code]!;
    if (verdict === 0) {
      verdict = test(code) ? 2 : 1;
      verdicts[code] = verdict;
    }
    out[i] = verdict - 1;
  }
}

function itemCondition(items: ItemRows, name: ItemField, test: ValueTest): RowCondition {
  const readers: Record<ItemField, (row: number) => PropertyValue | undefined> = {
    price: (row) => (Number.isNaN(items.price[row]!) ? undefined : items.price[row]),
    category: (row) => (items.category[row] === 0 ? undefined : items.categories.idAt(items.category[row]!)),
    available: (row) => (items.isPresent[row] === 0 ? undefined : items.isAvailable[row] === 1),
  };
  const read = readers[name];
  const matches = (row: number) => test(read(row));
  return {
    matches,
    scan(rows, out) {
      if (name === 'category') {
        const { categories, category } = items;
        scanCodes(category, categories.count + 1, (code) => test(categories.idAt(code)), rows, out);
      } else {
        for (let i = 0; i < rows.length; i++) out[i] = Number(matches(rows[i]!));
      }
    },
  };
}
