import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { filterProblem } from './filter-problem.ts';
import { FilterSyntaxError } from './filter-syntax-error.ts';
import { parseFilter } from './parse-filter.ts';
import { printFilter } from './print-filter.ts';
import { arbitraryExpression } from './testing/random-items.ts';

const brand = { kind: 'property', name: 'brand' } as const;

function faultOf(text: string): FilterSyntaxError {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof FilterSyntaxError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('parseFilter', () => {
  it('reads conditions on properties and on columns of the item', () => {
    expect(parseFilter('brand = "Acme"')).toEqual({
      kind: 'compare',
      field: brand,
      operator: '=',
      value: 'Acme',
    });
    expect(parseFilter('price<=-1.5e2')).toEqual({
      kind: 'compare',
      field: { kind: 'item', name: 'price' },
      operator: '<=',
      value: -150,
    });
    expect(parseFilter(' brand IN ("a",1, true )')).toEqual({
      kind: 'in',
      field: brand,
      values: ['a', 1, true],
    });
    expect(parseFilter("brand startsWith 'x'")).toMatchObject({ operator: 'startsWith', value: 'x' });
    expect(parseFilter('exists(brand)')).toEqual({ kind: 'exists', field: brand });
    expect(parseFilter('properties.price = 1')).toMatchObject({ field: { kind: 'property', name: 'price' } });
    expect(parseFilter('a.b-c = false')).toMatchObject({ field: { name: 'a.b-c' }, value: false });
  });

  it('binds not more tightly than and, and and more tightly than or', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ kind: 'exists', field: { kind: 'property', name } }));
    const text = 'exists(a) or not exists(b) and exists(c)';
    expect(parseFilter(text)).toEqual({
      kind: 'or',
      terms: [a, { kind: 'and', terms: [{ kind: 'not', term: b }, c] }],
    });
    expect(parseFilter('not (exists(a) or exists(b)) AND exists(c)')).toEqual({
      kind: 'and',
      terms: [{ kind: 'not', term: { kind: 'or', terms: [a, b] } }, c],
    });
  });

  it('reads escapes and the other kind of quote', () => {
    const textOf = (text: string) => (parseFilter(`a = ${text}`) as { value: unknown }).value;
    expect(textOf(String.raw`"say \"no\"\\\n\té'"`)).toBe('say "no"\\\n\té\'');
    expect(textOf(`'a "b"'`)).toBe('a "b"');
    expect(textOf('"😀 und ü"')).toBe('😀 und ü');
    expect(textOf('""')).toBe('');
  });

  it.each([
    ['', 1, 'expected the name of a property'],
    ['brand', 6, 'expected =, !=, <'],
    ['brand = ', 9, 'found the end'],
    ['brand = Acme', 9, 'expected a text in quotes, a number, true or false, found Acme'],
    ['price < and brand = "x"', 9, 'found and'],
    ['brand = "x', 9, 'lacks its closing "'],
    ['brand = "\\x"', 10, 'after "\\" comes one of'],
    ['brand == "x"', 8, 'found ='],
    ['brand & 1', 7, '"&" means nothing here'],
    ['"😀" = 1', 1, 'expected the name'],
    ['a = "😀" ; b = 1', 9, '";" means nothing here'],
    ['(a = 1', 7, 'expected ")"'],
    ['a = 1)', 6, 'expected "and", "or" or the end'],
    ['a = 1 b = 2', 7, 'expected "and", "or" or the end'],
    ['a in ()', 7, 'expected a text'],
    ['a in (1,)', 9, 'expected a text'],
    ['a in (1 2)', 9, 'expected ")"'],
    ['exists a', 8, 'expected "("'],
    ['in = 1', 1, 'its property is properties.in'],
    ['properties. = 1', 1, "a property's name must be"],
    ['price = "1"', 9, 'price is a number, and "1" is a string'],
    ['available = 1', 13, 'available is a boolean'],
    ['available < true', 11, 'which has no <'],
    ['price contains "1"', 7, 'which has no contains'],
    ['a contains 1', 12, 'contains needs a text in quotes'],
    ['a < true', 5, 'compares numbers or texts'],
    ['a = 1e999', 5, 'the number is too large'],
    [`${'('.repeat(33)}a = 1${')'.repeat(33)}`, 33, 'more than 32'],
    [`${'not '.repeat(33)}a = 1`, 129, 'more than 32'],
    [Array.from({ length: 65 }, () => 'a=1').join(' or '), 449, 'more than 64 conditions'],
  ])('refuses %s at column %i', (text, column, message) => {
    const fault = faultOf(text);
    expect([fault.column, fault.message]).toEqual([column, expect.stringContaining(message)]);
  });

  it('points at the fault in a piece of the text around it', () => {
    expect(filterProblem('price < and\nbrand = "x"')?.split('\n').slice(1)).toEqual([
      '  price < and brand = "x"',
      '          ^',
    ]);
    const [, piece, caret] = filterProblem(`${'a = 1 or '.repeat(20)}?${' '.repeat(100)}`)!.split('\n');
    expect(piece![caret!.length - 1]).toBe('?');
    expect(piece!.length).toBeLessThan(100);
  });

  it('reads back what printFilter prints', () => {
    fc.assert(
      fc.property(arbitraryExpression, (expression) => {
        expect(parseFilter(printFilter(expression))).toEqual(expression);
      }),
      { numRuns: 500 },
    );
  });

  it('answers any text with an expression or a fault within it', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '=',
      '<',
      '!=',
      '(',
      ')',
      '"',
      "'",
      '\\',
      'and',
      'not',
      'in',
      '1',
      ',',
      'exists',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        try {
          parseFilter(one);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterSyntaxError);
          const { column } = error as FilterSyntaxError;
          expect(column >= 1 && column <= [...one].length + 1).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
