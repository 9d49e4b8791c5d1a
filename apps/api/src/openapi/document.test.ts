import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { configSchema, recommendationQueryShape } from '@sommelier/contracts';
import type { Express, Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { contractRoutes } from '../app.ts';
import { documentationPage } from '../pages/documentation-page.ts';
import { escapeHtml } from '../pages/html.ts';
import { parseRecommendationRequest } from '../routes/recommendation-query.ts';
import { openApiDocument } from './document.ts';
import { describedOperations, operationsOf } from './operations.ts';

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
const routes = new Set(routesOf(contractRoutes({ config } as ApiParts)));
const written = (all: typeof operations) => all.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

describe('the OpenAPI document', () => {
  it('has exactly the routes of the API', () => {
    expect(written(operations).sort()).toEqual([...routes].filter((route) => !PAGES.includes(route)).sort());
  });

  it('leaves out no operation that has a route', () => {
    const left = describedOperations(config.serving).filter((operation) => !operations.includes(operation));
    const ids = new Set(operations.map(({ id }) => id));
    expect(written(left.filter(({ id }) => !ids.has(id))).filter((route) => routes.has(route))).toEqual([]);
  });

  it('leaves out no parameter of recommendations that is read', () => {
    const shown = Object.keys(operations.find(({ id }) => id === 'recommendations')?.query ?? {});
    const left = Object.keys(recommendationQueryShape).filter((name) => !shown.includes(name));
    const refused = left.filter((name) => {
      try {
        parseRecommendationRequest('u', `/x?${name}=1`, config.serving);
        return false;
      } catch (error) {
        return (error as Error).message.includes(`${name}: is not a parameter of this address`);
      }
    });
    expect(refused).toEqual(left);
  });

  it('is valid OpenAPI 3.1, with the described operations that have no route yet too', async () => {
    for (const list of [operations, describedOperations(config.serving)]) {
      const copy = JSON.parse(JSON.stringify(openApiDocument(list, '1.0.0'))) as Record<string, unknown>;
      const validator = new Validator();
      expect(await validator.validate(copy)).toEqual({ valid: true });
      expect(validator.version).toBe('3.1');
    }
  });

  it('names each operation once, and every reference leads somewhere', () => {
    const all = openApiDocument(describedOperations(config.serving), '1.0.0');
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
    const serving = { defaultN: 7, maxN: 50, excludeSeen: false };
    const { paths } = openApiDocument(operationsOf(serving), '1.0.0');
    const parameters = paths['/v1/users/{userId}/recommendations']?.get?.parameters ?? [];
    const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name);
    expect(schemaOf('n')?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 50, default: 7 });
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

describe.each(describedOperations(config.serving))(
  'the example of $id',
  ({ body, answers, ...operation }) => {
    it('is a valid request', () => {
      if (body !== undefined) expect(body.schema.safeParse(body.example).error).toBeUndefined();
      const { path = {}, query = {} } = operation.example;
      expect(Object.keys(path)).toEqual(Object.keys(operation.pathParameters ?? {}));
      for (const [name, value] of Object.entries({ ...path, ...query })) {
        const shape = { ...operation.pathParameters, ...operation.query };
        expect(() => (shape[name] as { parse(value: unknown): unknown }).parse(value)).not.toThrow();
      }
    });

    it.each(answers)('is a valid answer with status $status', ({ schema, example }) => {
      expect(schema.safeParse(example).error).toBeUndefined();
    });
  },
);

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
