import type { JsonSchema } from '../openapi/json-schemas.ts';
import { html, type Markup } from './html.ts';

const REFERENCE = /^#\/components\/schemas\/(\w+)$/;

/** A row for each value of an object, the inner ones by their path: `items[].rank`. */
export function schemaTable(schema: JsonSchema): Markup {
  return html`<table>
<thead><tr><th>Key</th><th>Value</th><th>Meaning</th></tr></thead>
<tbody>
${[schema, ...branchesOf(schema)].flatMap((branch) => rowsOf(branch, ''))}</tbody>
</table>
`;
}

function rowsOf(schema: JsonSchema, prefix: string): Markup[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (typeof property === 'boolean') return [];
    const path = `${prefix}${name}`;
    const row = html`<tr><td><code>${path}</code>${required.has(name) ? html`` : html` <i>optional</i>`}</td><td>${typeOf(property)}</td><td>${property.description ?? ''}</td></tr>
`;
    return [row, ...innerRows(property, path)];
  });
}

function innerRows(schema: JsonSchema, path: string): Markup[] {
  const { items } = schema;
  if (items !== undefined && typeof items === 'object' && !Array.isArray(items)) {
    return rowsOf(items, `${path}[].`);
  }
  return [schema, ...branchesOf(schema)].flatMap((branch) => rowsOf(branch, `${path}.`));
}

/** What a value is one of. */
function branchesOf({ anyOf, oneOf }: JsonSchema): JsonSchema[] {
  return (anyOf ?? oneOf ?? []).filter((branch) => typeof branch === 'object') as JsonSchema[];
}

/** What a value may be, in words: `integer, 1 to 100, default 10`. */
export function typeOf(schema: JsonSchema): Markup {
  const parts = [kindOf(schema), ...boundsOf(schema)];
  if (schema.default !== undefined) parts.push(html`default <code>${JSON.stringify(schema.default)}</code>`);
  return html`${parts.flatMap((part, index) => (index === 0 ? [part] : [html`, `, part]))}`;
}

function kindOf(schema: JsonSchema): Markup {
  const name = REFERENCE.exec(schema.$ref ?? '')?.[1];
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return alternatives(schema.enum.map((value) => html`<code>${String(value)}</code>`));
  const branches = branchesOf(schema);
  if (branches.length > 0) return alternatives(branches.map(typeOf));
  const values = schema.additionalProperties;
  if (schema.type === 'array') return listOf(schema);
  if (schema.type === 'object' && schema.properties === undefined && typeof values === 'object') {
    return html`object, each value ${typeOf(values)}`;
  }
  if (schema.type === undefined) return html`anything`;
  return alternatives([schema.type].flat().map((type) => html`${type}`));
}

function listOf({ items, minItems, maxItems }: JsonSchema): Markup {
  const count = range(minItems, maxItems, '');
  const list = count === undefined ? html`list` : html`list of ${count}`;
  return typeof items === 'object' ? html`${list}, each ${typeOf(items as JsonSchema)}` : list;
}

function alternatives(choices: readonly Markup[]): Markup {
  return html`${choices.flatMap((choice, index) => (index === 0 ? [choice] : [html` or `, choice]))}`;
}

function boundsOf(schema: JsonSchema): Markup[] {
  const { minimum, maximum, exclusiveMinimum, minLength, maxLength } = schema;
  const bounds = [
    range(
      minimum ?? (exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`),
      maximum,
      '',
    ),
    range(minLength, maxLength, ' characters'),
  ];
  return bounds.filter((bound) => bound !== undefined).map((bound) => html`${bound}`);
}

function range(
  least: number | string | undefined,
  most: number | undefined,
  unit: string,
): string | undefined {
  const [low, high] = [least, most].map((bound) =>
    typeof bound === 'number' ? bound.toLocaleString('en') : bound,
  );
  if (low !== undefined && high !== undefined) return `${low} to ${high}${unit}`;
  if (low !== undefined) return typeof least === 'string' ? `${low}${unit}` : `at least ${low}${unit}`;
  return high === undefined ? undefined : `at most ${high}${unit}`;
}
