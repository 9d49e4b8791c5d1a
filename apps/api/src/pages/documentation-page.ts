import type {
  DocumentedAnswer,
  DocumentedOperation,
  MediaType,
  OpenApiDocument,
  Parameter,
} from '../openapi/document.ts';
import type { JsonSchema } from '../openapi/json-schemas.ts';
import type { SecurityRequirement } from '../openapi/key-security.ts';
import { html, type Markup } from './html.ts';
import { page } from './layout.ts';
import { schemaTable, typeOf } from './schema-table.ts';

/** Stands in the commands of the page until the reader's own address takes its place. */
export const ADDRESS_IN_EXAMPLES = 'http://HOST:PORT';

// Escaping leaves it as it is: it has none of the characters that HTML escapes.
const STYLE = `
html { scroll-padding-top: 1rem; }
body { max-width: 80rem; }
nav { font-size: .9rem; }
nav ul { list-style: none; padding: 0; margin: .25rem 0 1rem; }
nav li { padding: .12rem 0; }
nav b { display: block; }
@media (min-width: 64rem) {
  .columns { display: grid; grid-template-columns: 17rem minmax(0, 1fr); gap: 3rem; }
  nav { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow: auto; }
}
article { border-top: 1px solid var(--line); padding: 1.5rem 0; }
article h3 { margin: 0 0 .5rem; font-size: 1.15rem; }
article h4 { margin: 1.25rem 0 .25rem; font-size: .95rem; }
.address { font: 600 .95rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; margin: 0; }
.method { display: inline-block; min-width: 3rem; text-align: center; color: Canvas; background: #2f6f4f; border-radius: .25rem; padding: 0 .4rem; margin-right: .5rem; }
.post, .put { background: #8a5a00; }
.delete { background: #9b1c1c; }
@media (prefers-color-scheme: dark) { .method { background: #7fc8a0; } .post, .put { background: #e0b050; } .delete { background: #f09090; } }
article table { font-size: .9rem; margin-top: .25rem; }
td:first-child { white-space: nowrap; }
td:first-child code { white-space: normal; }
i { opacity: .65; font-size: .85em; }
details { margin: .35rem 0; }
summary { cursor: pointer; }
.status { font-weight: 600; font-variant-numeric: tabular-nums; }
pre { max-height: 24rem; overflow: auto; }
`;

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: DocumentedOperation;
}

/** The HTTP contract for people: everything that the OpenAPI document says, without a script. */
export function documentationPage(document: OpenApiDocument): string {
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    members: listed.filter(({ operation }) => operation.tags.some((tag) => tag === name)),
  }));
  const schemas = Object.entries(document.components.schemas);
  return page(
    'sommelier: HTTP API',
    html`<h1>HTTP API</h1>
<p class="quiet">Contract ${document.info.version}, also as an <a href="/openapi.json">OpenAPI ${document.openapi} document</a>. <a href="/">All pages</a></p>
<div class="columns">
<nav aria-label="Operations">
${groups.map(
  ({ name, members }) => html`<b>${name}</b>
<ul>
${members.map(
  ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>
`,
)}</ul>
`,
)}<b><a href="#schemas">Schemas</a></b>
</nav>
<main>
${paragraphs(document.info.description)}
${groups.map(
  ({ name, description, members }) => html`<h2>${name}</h2>
<p class="quiet">${description}</p>
${members.map(operationArticle)}`,
)}
<h2 id="schemas">Schemas</h2>
${schemas.map(
  ([name, schema]) => html`<article id="schema-${name}">
<h3>${name}</h3>
<p>${schema.description ?? ''}</p>
${schemaTable(schema)}</article>
`,
)}
</main>
</div>`,
    STYLE,
  );
}

/** Text of the document; code stands between backquotes. */
function inline(text: string): Markup {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))}`;
}

function paragraphs(text: string): Markup {
  return html`${text.split('\n\n').map(
    (part) => html`<p>${inline(part)}</p>
`,
  )}`;
}

function operationArticle({ path, method, operation }: Listed): Markup {
  const { operationId, summary, description, security, parameters, requestBody, responses } = operation;
  const body = requestBody?.content['application/json'];
  return html`<article id="${operationId}">
<h3>${summary}</h3>
<p class="address"><span class="method ${method}">${method.toUpperCase()}</span>${path}</p>
${paragraphs(description)}
${keyParagraph(security)}
<pre>${commandOf(path, method, operation)}</pre>
${parameters.length === 0 ? html`` : parameterTable(parameters)}
${
  body?.schema === undefined
    ? html``
    : html`<h4>Body${requestBody?.required === true ? '' : ' (optional)'}</h4>
${bodySchema(body.schema)}`
}
<h4>Answers</h4>
${Object.entries(responses).map(([status, answer]) => answerOf(status, answer))}
</article>
`;
}

/** Who may ask; nothing where anybody may. */
function keyParagraph(security: readonly SecurityRequirement[]): Markup {
  return html`${security.map(({ apiKey: roles }) => {
    const which = roles.map((role) => html` with the role <code>${role}</code>`);
    return html`<p class="quiet">Needs a key${which}.</p>
`;
  })}`;
}

function bodySchema(schema: JsonSchema): Markup {
  return schema.$ref === undefined
    ? schemaTable(schema)
    : html`<p>${typeOf(schema)}</p>
`;
}

function parameterTable(parameters: readonly Parameter[]): Markup {
  return html`<h4>Parameters</h4>
<table>
<thead><tr><th>Name</th><th>Value</th><th>Meaning</th></tr></thead>
<tbody>
${parameters.map(
  ({ name, in: place, schema, description, explode }) =>
    html`<tr><td><code>${name}</code> <i>${place === 'path' ? 'in the path' : 'optional'}</i></td><td>${typeOf(schema)}${explode === false ? ', between commas' : ''}</td><td>${description ?? ''}</td></tr>
`,
)}</tbody>
</table>
`;
}

function answerOf(status: string, answer: DocumentedAnswer): Markup {
  const types = Object.entries(answer.content ?? {});
  const [type, content] = types[0] ?? [];
  const alternatives = types.slice(1).map(([other]) => other);
  const isProblem = type === 'application/problem+json';
  const headers = Object.entries(answer.headers ?? {});
  return html`<details${status.startsWith('2') ? html` open` : html``}>
<summary><span class="status">${status}</span> ${inline(answer.description)}</summary>
<p>${isProblem ? html`A problem document: <a href="#schema-Problem">Problem</a>.` : contentOf(content)}${alternatives.map((other) => html` A browser gets <code>${other}</code>.`)}</p>
${headers.map(
  ([name, { description }]) => html`<p><code>${name}</code>: ${description}</p>
`,
)}${
  content?.example === undefined
    ? html``
    : html`<pre>${JSON.stringify(content.example, undefined, 2)}</pre>
`
}</details>
`;
}

/** What an answer holds. */
function contentOf(content: MediaType | undefined): Markup {
  return content === undefined ? html`No body.` : typeOf(content.schema ?? {});
}

/** A command that sends the operation's example. */
function commandOf(path: string, method: string, { parameters, requestBody }: DocumentedOperation): string {
  const examples = parameters.filter(({ example }) => example !== undefined);
  const address = examples
    .filter((parameter) => parameter.in === 'path')
    .reduce(
      (text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(String(example))),
      path,
    );
  const query = examples
    .filter((parameter) => parameter.in === 'query')
    .map(
      ({ name, example }) =>
        `${name}=${[example]
          .flat()
          .map((part) => encodeURIComponent(String(part)))
          .join(',')}`,
    )
    .join('&');
  const url = `${ADDRESS_IN_EXAMPLES}${address}${query === '' ? '' : `?${query}`}`;
  const body = requestBody?.content['application/json']?.example;
  if (body === undefined) return `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}'${url}'`;
  return `curl -X ${method.toUpperCase()} '${url}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'`;
}
