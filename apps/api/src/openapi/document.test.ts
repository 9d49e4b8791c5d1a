import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { configSchema } from '@sommelier/contracts';
import type { Express, Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { contractRoutes } from '../app.ts';
import { documentationPage } from '../pages/documentation-page.ts';
import { escapeHtml } from '../pages/html.ts';
import { recommendationSchemas } from '../routes/recommendation-query.ts';
import { accessOf } from '../security/route-access.ts';
import { openApiDocument } from './document.ts';
import { operationsOf } from './operations.ts';

const config = configSchema.parse({});
const operations = operationsOf(config.serving);
const document = openApiDocument(operations, '1.0.0');

/** Pages and forms of the routers that hold the contract's routes; they are for browsers and no part of it. */
const PAGES = ['GET /topN'];
const TOP_N = '/topN={n}for_user={userId}';

type Layer = Router['stack'][number] | Express['router']['stack'][number];

/** `GET /v1/users/{userId}/recommendations` for each method of each route. */
function routesOf(routers: readonly Router[]): string[] {
  return routers.flatMap(({ stack }) =>
    (stack as Layer[]).flatMap(({ route }) => {
      if (route === undefined) return [];
      const path: unknown = route.path;
      const text = path instanceof RegExp ? TOP_N : String(path).replaceAll(/:(\w+)/g, '{$1}');
      const methods = (route.stack as { method?: string }[]).map(({ method }) => method);
      return methods
        .filter((method) => method !== undefined)
        .map((method) => `${method.toUpperCase()} ${text}`);
    }),
  );
}

// What the handlers do is not looked at: they use their parts when a request comes.
const routes = new Set(routesOf(contractRoutes({ config, scoringThreads: 1 } as ApiParts)));
const written = (all: typeof operations) => all.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

describe('the OpenAPI document', () => {
  it('has exactly the routes of the API', () => {
    expect(written(operations).sort()).toEqual([...routes].filter((route) => !PAGES.includes(route)).sort());
  });

  it('has exactly the parameters that the routes of recommendations read', () => {
    const { similar, ...read } = recommendationSchemas(config.serving);
    for (const [id, schema] of Object.entries({ ...read, similarItems: similar })) {
      const operation = operations.find((one) => one.id === id);
      const shown = Object.keys({ ...operation?.pathParameters, ...operation?.query });
      expect([id, shown.sort()]).toEqual([id, Object.keys(schema.shape).sort()]);
    }
  });

  it('is valid OpenAPI 3.1', async () => {
    const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
    const validator = new Validator();
    expect(await validator.validate(copy)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('names each operation once, and every reference leads somewhere', () => {
    const all = document;
    const ids = Object.values(all.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const names = [...JSON.stringify(all).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(Object.keys(all.components.schemas))).toEqual(new Set(names));
  });

  it('has the bounds and defaults of the configuration, and says how a list is written', () => {
    const serving = { defaultN: 7, maxN: 50, excludeSeen: false, inStock: true };
    const { paths } = openApiDocument(operationsOf(serving), '1.0.0');
    const parameters = paths['/v1/users/{userId}/recommendations']?.get?.parameters ?? [];
    const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name);
    expect(schemaOf('n')?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 50, default: 7 });
    expect(schemaOf('inStock')?.schema).toEqual({ type: 'boolean', default: true });
    expect(schemaOf('excludeSeen')?.schema).toEqual({ type: 'boolean', default: false });
    expect(schemaOf('exclude')).toMatchObject({
      in: 'query',
      style: 'form',
      explode: false,
      schema: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 64 }, maxItems: 1_000 },
    });
    expect(schemaOf('userId')).toMatchObject({ in: 'path', required: true });
  });
});

describe.each(operations)('the example of $id', ({ body, answers, ...operation }) => {
  it('is a valid request', () => {
    if (body !== undefined) expect(body.schema.safeParse(body.example).error).toBeUndefined();
    const { path = {}, query = {} } = operation.example;
    expect(Object.keys(path)).toEqual(Object.keys(operation.pathParameters ?? {}));
    for (const [name, value] of Object.entries({ ...path, ...query })) {
      const shape = { ...operation.pathParameters, ...operation.query };
      expect(z.safeParse(shape[name]!, value).error).toBeUndefined();
    }
  });

  it.each(answers)('is a valid answer with status $status', ({ schema, example }) => {
    // Without a schema the answer has no body, so nothing to show either.
    if (schema === undefined) expect(example).toBeUndefined();
    else expect(schema.safeParse(example).error).toBeUndefined();
  });
});

describe('the key that an operation needs', () => {
  const described = Object.values(document.paths).flatMap((path) => Object.values(path));
  const of = (id: string) => described.find(({ operationId }) => operationId === id);

  it.each([
    ['recommendations', ['recommend']],
    ['topN', ['recommend']],
    ['sendEvents', ['ingest']],
    ['mergeUser', ['ingest']],
    ['eraseUser', ['operate']],
    ['erasure', ['operate']],
    ['startTraining', ['operate']],
    ['followRun', ['operate']],
    ['metrics', ['observe']],
    ['pauseQueue', ['operate']],
    ['deleteSchedule', ['operate']],
  ])('is, for %s, one with the role of its address, and who has none is told', (id, roles) => {
    const { security, responses } = of(id) ?? {};
    expect(security).toEqual([{ apiKey: roles }]);
    const codes = (status: number) =>
      Object.keys(responses?.[status]?.content?.['application/problem+json']?.examples ?? {});
    expect([401, 403, 429].map(codes)).toEqual([['unauthorized'], ['forbidden'], ['rate-limited']]);
    expect(Object.keys(responses?.[429]?.headers ?? {})).toEqual(['Retry-After']);
  });

  it.each(['health', 'readiness'])('is none for %s', (id) => {
    expect(of(id)?.security).toEqual([]);
    expect(Object.keys(of(id)?.responses ?? {})).not.toEqual(expect.arrayContaining(['401']));
  });

  it.each(operations)('is that of the address of the example of $id', ({ id, method, path, example }) => {
    const address = Object.entries(example.path ?? {}).reduce(
      (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(String(value))),
      path,
    );
    const access = accessOf(method.toUpperCase(), address);
    expect(of(id)?.security).toEqual(access === 'public' ? [] : [{ apiKey: [access] }]);
  });

  it('is described once', () => {
    expect(document.components.securitySchemes).toMatchObject({ apiKey: { type: 'http', scheme: 'bearer' } });
  });
});

describe('the page of the contract', () => {
  const text = documentationPage(document);

  it('shows every operation, parameter and schema, and has no script', () => {
    expect(/<script|javascript:| on\w+=/i.test(text)).toBe(false);
    const wanted = operations.flatMap(({ id, path, summary, query = {} }) => [
      `<article id="${id}">`,
      path,
      escapeHtml(summary),
      ...Object.keys(query).map((name) => `<code>${name}</code>`),
    ]);
    wanted.push('Needs a key with the role <code>operate</code>.', 'No body.');
    wanted.push(...Object.keys(document.components.schemas).map((name) => `id="schema-${name}"`));
    expect(wanted.filter((part) => !text.includes(part))).toEqual([]);
  });

  it('has links that all lead somewhere', () => {
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(operations.length);
    expect(links.filter((link) => !ids.has(link))).toEqual([]);
  });
});
