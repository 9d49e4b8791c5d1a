import type { JsonSchema } from './described-api.ts';
import type { Random } from './random.ts';

const MAX_DEPTH = 6;
const MAX_PARTS = 5;
/** Ids that the fuzzed server knows or may know. */
const IDS = [
  'u00001',
  'u00007',
  'i00001',
  'i00020',
  'i00300',
  'u000001',
  'i000001',
  '1',
  'nobody',
  'ü/ß',
  '日本語',
  '👩‍👩‍👧',
  "O'Hara",
  'a,b',
  '%2F',
  '..',
  'x'.repeat(64),
];

/** Makes values that a schema allows, rare ones included. */
export class ValidValues {
  readonly #random: Random;
  readonly #named: Readonly<Record<string, JsonSchema>>;

  constructor(random: Random, named: Readonly<Record<string, JsonSchema>>) {
    this.#random = random;
    this.#named = named;
  }

  of(schema: JsonSchema, depth = 0): unknown {
    const random = this.#random;
    if (schema.$ref !== undefined)
      return this.of(this.#named[schema.$ref.split('/').at(-1) ?? ''] ?? {}, depth);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return random.pick(schema.enum);
    if (schema.anyOf !== undefined) return this.of(random.pick(schema.anyOf), depth);
    const type =
      typeof schema.type === 'string' ? schema.type : random.pick(schema.type ?? ['string', 'number']);
    if (type === 'object') return this.#object(schema, depth);
    if (type === 'array') return this.#array(schema, depth);
    if (type === 'boolean') return random.chance(0.5);
    if (type === 'null') return null;
    if (type === 'string') return this.#string(schema);
    return this.#number(schema, type === 'integer');
  }

  #object(schema: JsonSchema, depth: number): Record<string, unknown> {
    const required = new Set(schema.required);
    const entries = Object.entries(schema.properties ?? {})
      .filter(([name]) => required.has(name) || (depth < MAX_DEPTH && this.#random.chance(0.4)))
      .map(([name, property]) => [name, this.of(property, depth + 1)] as const);
    const values = schema.additionalProperties;
    if (typeof values === 'object') {
      for (let k = this.#random.whole(0, 3); k > 0; k--)
        entries.push([`key${k}`, this.of(values, depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #array(schema: JsonSchema, depth: number): unknown[] {
    const least = schema.minItems ?? 0;
    const most = Math.min(schema.maxItems ?? MAX_PARTS, Math.max(least, MAX_PARTS));
    // Now and then as many as may be.
    const length = this.#random.chance(0.02) ? (schema.maxItems ?? most) : this.#random.whole(least, most);
    return Array.from({ length }, () => this.of(schema.items ?? {}, depth + 1));
  }

  #string({ pattern, minLength = 0, maxLength = 64 }: JsonSchema): string {
    if (pattern !== undefined)
      return this.#random.pick(['view', 'addtocart', 'a', '20260101T000000Z-000000000001']);
    if (maxLength <= 64 && this.#random.chance(0.8)) return this.#random.pick(IDS);
    return 'ab1"😀 = '
      .repeat(20)
      .slice(0, this.#random.whole(minLength, Math.min(maxLength, 100)))
      .trim();
  }

  #number({ minimum = -1_000, maximum = 1e12 }: JsonSchema, isWhole: boolean): number {
    const choice = this.#random.whole(0, 3);
    if (choice === 0) return minimum;
    if (choice === 1) return maximum;
    const value =
      minimum + this.#random.next() * Math.min(maximum - minimum, choice === 2 ? 20 : maximum - minimum);
    return isWhole ? Math.round(value) : value;
  }
}
