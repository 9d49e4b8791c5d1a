import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  addressOf,
  type DescribedOperation,
  describedOperations,
  type OpenApiDocument,
} from '../../benchmarks/fuzz/described-api.ts';
import { randomModel } from '../support/random-model.ts';
import { type Answer, createInstallation, type Installation, type Replica } from '../support/replicas.ts';

jest.setTimeout(90_000);

let shop: Installation;
let replica: Replica;
let document: OpenApiDocument;
/** Bodies of operations whose example is of another moment. */
const BODIES: Readonly<Record<string, unknown>> = { activateModel: { activatedBy: 'ana' } };

/** Ids that an example cannot know, by parameter. */
const known: Record<string, string> = {};

beforeAll(async () => {
  shop = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
  const { generation, version } = await shop.publish(randomModel(4));
  replica = await shop.startReplica();
  await replica.serves(generation);
  document = (await replica.get<OpenApiDocument>('/openapi.json')).body;
  known.version = version;
  known.id = (await replica.submit({})).id;
  known.itemId = 'i00001';
  // The one of the example, so that reading it comes before writing it.
  const nightly = { method: 'PUT', headers: { 'Content-Type': 'application/json' } };
  await replica.get('/v1/schedules/nightly', { ...nightly, body: '{"cron": "0 3 * * *"}' });
});
afterAll(async () => {
  await shop?.close();
});

/** Sends the example of an operation, or the same with another value of one parameter or another body. */
function ask(operation: DescribedOperation, change: { name?: string; value?: unknown; body?: unknown } = {}) {
  const address = addressOf(operation, ({ name, example }) =>
    name === change.name ? change.value : (known[name] ?? example),
  );
  const { method, body } = operation;
  if (body === undefined) return replica.get<unknown>(address, { method });
  const headers = { 'Content-Type': 'application/json' };
  return replica.get<unknown>(address, {
    method,
    headers,
    body: JSON.stringify(change.body ?? BODIES[operation.id] ?? body.example),
  });
}

/** What of an answer is not as the document has it; an answer may have no key that the document does not. */
function differences({ answers }: DescribedOperation, { status, headers, body }: Answer<unknown>) {
  const type = (headers.get('Content-Type') ?? '').split(';')[0] ?? '';
  const described = answers[String(status)];
  if (described !== undefined && Object.keys(described).length === 0)
    return type === '' && body === '' ? undefined : `${status} has a body that is not in the document`;
  const schema = described?.[type]?.schema;
  if (schema === undefined) return `${status} ${type} is not in the document`;
  const isProblem = type === 'application/problem+json';
  const components = isProblem ? document.components : closed(document.components);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const validate = ajv.compile({ ...(isProblem ? schema : (closed(schema) as object)), components });
  return validate(body) ? undefined : validate.errors;
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isObject = inner.type === 'object' && inner.properties !== undefined;
  return isObject && inner.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

const everyOperation = async (check: (operation: DescribedOperation) => Promise<unknown>) => {
  const results = [];
  for (const operation of describedOperations(document)) {
    // A stream has no end while its run waits; tests/integration/run-stream.test.ts follows one.
    if (operation.answers['200']?.['text/event-stream'] !== undefined) continue;
    results.push([operation.id, (await check(operation)) ?? 'as described']);
  }
  const wrong = results.filter(([, result]) => result !== 'as described');
  expect(Object.fromEntries(wrong)).toEqual({});
  expect(results.length).toBeGreaterThan(8);
};

describe('the running API', () => {
  it('answers the example of every operation as its document says', async () => {
    await everyOperation(async (operation) => {
      const answer = await ask(operation);
      if (answer.status !== Number(Object.keys(operation.answers)[0])) return answer;
      return differences(operation, answer);
    });
  });

  it('knows every parameter of the document, and refuses each by name when it is wrong', async () => {
    await everyOperation(async (operation) => {
      for (const { name, in: place } of operation.parameters) {
        if (place === 'path') continue;
        const answer = await ask(operation, { name, value: `${'\u0000'}${'x'.repeat(2_001)}` });
        const { code, errors } = answer.body as {
          code: string;
          errors?: { path: string; message: string }[];
        };
        const about = errors?.find(({ path }) => path.split('.')[0] === name);
        if (code !== 'invalid-request' || about === undefined) return { name, answer };
        if (about.message.includes('is not a parameter')) return { name, about };
        const wrong = differences(operation, answer);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    });
  });

  it('refuses a parameter and a key of the body that the document does not have', async () => {
    await everyOperation(async (operation) => {
      const other = { name: 'other', in: 'query', schema: {}, example: '1' } as const;
      const isProbe = operation.path === '/healthz' || operation.path === '/readyz';
      if (!isProbe && operation.method === 'GET') {
        const more = { ...operation, parameters: [...operation.parameters, other] };
        const answer = await ask(more);
        if (answer.status !== 400) return answer;
      }
      if (operation.body === undefined) return undefined;
      const answer = await ask(operation, { body: { ...(operation.body.example as object), other: 1 } });
      return answer.status === 400 ? differences(operation, answer) : answer;
    });
  });

  it('shows the contract to people, under the policy of all pages', async () => {
    const page = await replica.get<string>('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('Content-Security-Policy')).toContain("script-src 'self'");
    expect(page.body).toContain(
      `curl '${replica.url}/v1/users/257597/recommendations?n=5&amp;exclude=`.replaceAll("'", '&#39;'),
    );
    expect(page.body).not.toContain('HOST:PORT');
  });
});
