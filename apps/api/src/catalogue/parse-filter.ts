import { type PropertyValue, propertyNameSchema } from '@sommelier/contracts';
import {
  type ComparisonOperator,
  type FilterExpression,
  type FilterField,
  ITEM_FIELDS,
  ORDER_OPERATORS,
  TEXT_OPERATORS,
} from './filter-expression.ts';
import { FilterSyntaxError } from './filter-syntax-error.ts';
import { type FilterToken, filterTokens } from './filter-tokens.ts';

/** Most conditions in one expression: each is a pass over the catalogue. */
export const MAX_FILTER_CONDITIONS = 64;
/** Most parentheses and `not` within each other. */
export const MAX_FILTER_DEPTH = 32;
/** What a name begins with that means a property whatever else it could mean. */
export const PROPERTY_PREFIX = 'properties.';

/** Words of the grammar, in any case; a property of such a name needs the prefix. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  ...['and', 'or', 'not', 'in', 'contains', 'startswith', 'exists', 'true', 'false'],
]);

/**
 * Reads the text of a filter, by recursive descent; the grammar is in docs/filters.md. A comparison of a column of the
 * item itself with a value of another type is refused; a property may hold values of any type.
 * @throws FilterSyntaxError
 */
export function parseFilter(text: string): FilterExpression {
  return new FilterParser(text).parse();
}

class FilterParser {
  readonly #text: string;
  readonly #tokens: readonly FilterToken[];
  #at = 0;
  #depth = 0;
  #conditions = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = filterTokens(text);
  }

  parse(): FilterExpression {
    const expression = this.#any();
    if (this.#token.kind !== 'end') throw this.#expected('"and", "or" or the end');
    return expression;
  }

  get #token(): FilterToken {
    return this.#tokens[this.#at]!;
  }

  #fault(problem: string, token = this.#token): FilterSyntaxError {
    return new FilterSyntaxError(problem, this.#text, token.offset);
  }

  #expected(what: string): FilterSyntaxError {
    const { kind, source } = this.#token;
    return this.#fault(`expected ${what}, found ${kind === 'end' ? 'the end' : source.slice(0, 40)}`);
  }

  #is(word: string): boolean {
    const { kind, source } = this.#token;
    return kind === 'sign' ? source === word : kind === 'word' && source.toLowerCase() === word;
  }

  #skip(word: string): boolean {
    const found = this.#is(word);
    if (found) this.#at++;
    return found;
  }

  #need(sign: string): void {
    if (!this.#skip(sign)) throw this.#expected(`"${sign}"`);
  }

  #any(): FilterExpression {
    return this.#joined('or', () => this.#joined('and', () => this.#term()));
  }

  #joined(kind: 'and' | 'or', term: () => FilterExpression): FilterExpression {
    const terms = [term()];
    while (this.#skip(kind)) terms.push(term());
    return terms.length === 1 ? terms[0]! : { kind, terms };
  }

  #term(): FilterExpression {
    const opening = this.#token;
    const isNegated = this.#skip('not');
    if (!isNegated && !this.#skip('(')) return this.#condition();
    if (++this.#depth > MAX_FILTER_DEPTH) {
      throw this.#fault(`more than ${MAX_FILTER_DEPTH} parentheses and "not" within each other`, opening);
    }
    const inner = isNegated ? this.#term() : this.#any();
    if (!isNegated) this.#need(')');
    this.#depth--;
    return isNegated ? { kind: 'not', term: inner } : inner;
  }

  #condition(): FilterExpression {
    if (++this.#conditions > MAX_FILTER_CONDITIONS)
      throw this.#fault(`more than ${MAX_FILTER_CONDITIONS} conditions`);
    if (this.#skip('exists')) {
      this.#need('(');
      const field = this.#field();
      this.#need(')');
      return { kind: 'exists', field };
    }
    const field = this.#field();
    if (this.#skip('in')) return { kind: 'in', field, values: this.#list(field) };
    const operator = this.#operator(field);
    return { kind: 'compare', field, operator, value: this.#value(field, operator) };
  }

  #field(): FilterField {
    const token = this.#token;
    const { kind, source } = token;
    if (kind !== 'word') throw this.#expected('the name of a property, "not", "exists" or "("');
    if (RESERVED_WORDS.has(source.toLowerCase())) {
      throw this.#fault(`"${source}" is a word of the grammar; its property is ${PROPERTY_PREFIX}${source}`);
    }
    this.#at++;
    if (Object.hasOwn(ITEM_FIELDS, source)) return { kind: 'item', name: source as keyof typeof ITEM_FIELDS };
    const name = source.startsWith(PROPERTY_PREFIX) ? source.slice(PROPERTY_PREFIX.length) : source;
    const parsed = propertyNameSchema.safeParse(name);
    if (!parsed.success) throw this.#fault(parsed.error.issues[0]!.message, token);
    return { kind: 'property', name };
  }

  #operator(field: FilterField): ComparisonOperator {
    const token = this.#token;
    for (const operator of ['=', '!=', ...ORDER_OPERATORS, ...TEXT_OPERATORS] as const) {
      if (!this.#skip(operator.toLowerCase())) continue;
      const type = field.kind === 'item' ? ITEM_FIELDS[field.name] : undefined;
      const isText = TEXT_OPERATORS.some((known) => known === operator);
      const isOrder = ORDER_OPERATORS.some((known) => known === operator);
      if ((isText && type !== undefined && type !== 'string') || (isOrder && type === 'boolean')) {
        throw this.#fault(`${field.name} is a ${type}, which has no ${operator}`, token);
      }
      return operator;
    }
    throw this.#expected('=, !=, <, <=, >, >=, in, contains or startsWith');
  }

  #list(field: FilterField): PropertyValue[] {
    this.#need('(');
    const values: PropertyValue[] = [];
    do values.push(this.#value(field, 'in'));
    while (this.#skip(','));
    this.#need(')');
    return values;
  }

  #value(field: FilterField, operator: ComparisonOperator | 'in'): PropertyValue {
    const token = this.#token;
    const value = this.#literal(token);
    const wanted = field.kind === 'item' ? ITEM_FIELDS[field.name] : undefined;
    if (wanted !== undefined && typeof value !== wanted) {
      throw this.#fault(`${field.name} is a ${wanted}, and ${token.source} is a ${typeof value}`, token);
    }
    if ((operator === 'contains' || operator === 'startsWith') && typeof value !== 'string') {
      throw this.#fault(`${operator} needs a text in quotes`, token);
    }
    if (ORDER_OPERATORS.some((known) => known === operator) && typeof value === 'boolean') {
      throw this.#fault(`${operator} compares numbers or texts, not ${value}`, token);
    }
    this.#at++;
    return value;
  }

  #literal(token: FilterToken): PropertyValue {
    if (token.kind === 'text' || token.kind === 'number') return token.value;
    if (this.#is('true')) return true;
    if (this.#is('false')) return false;
    throw this.#expected('a text in quotes, a number, true or false');
  }
}
