import { describe, expect, it } from '@jest/globals';
import { configSchema, isSommelierError } from '@sommelier/contracts';
import fc from 'fast-check';
import { RecommendationQueries } from './recommendation-query.ts';

const serving = configSchema.parse({ serving: { defaultN: 7, maxN: 50, excludeSeen: false } }).serving;
const NO_FILTER = { inStock: false };
const queries = new RecommendationQueries(serving);
const parse = (query: string, userId = 'u1') => queries.recommendations(userId, `/x?${query}`);
const parseTopN = (n: string, userId: string, url: string) => queries.topN(n, userId, url);

function refusedPaths(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    if (isSommelierError(error) && error.code === 'invalid-request') {
      return [...new Set((error.details ?? []).map((detail) => detail.path))];
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the query for recommendations', () => {
  it('takes what is absent from the configuration', () => {
    expect(parse('')).toEqual({
      userId: 'u1',
      n: 7,
      excludeSeen: false,
      exclude: [],
      filter: NO_FILTER,
      explain: false,
    });
  });

  it('reads every parameter', () => {
    expect(parse('n=50&excludeSeen=true&exclude=a,b%2Cc')).toEqual({
      userId: 'u1',
      n: 50,
      excludeSeen: true,
      exclude: ['a', 'b', 'c'],
      filter: NO_FILTER,
      explain: false,
    });
    expect(parse('exclude=').exclude).toEqual([]);
  });

  it('reads every part of a filter', () => {
    const text = 'brand = "A&B" and size > 2';
    const request = parse(
      `category=a,b&inStock=true&minPrice=1&maxPrice=2.50&filter=${encodeURIComponent(text)}&include=x,y&maxPerCategory=2`,
    );
    expect(request.filter).toEqual({
      category: ['a', 'b'],
      inStock: true,
      minPrice: 1,
      maxPrice: 2.5,
      filter: text,
      include: ['x', 'y'],
    });
    expect(request.maxPerCategory).toBe(2);
  });

  it('leaves out what is not in stock when the configuration says so and the request does not', () => {
    const strict = { ...serving, inStock: true };
    const strictly = new RecommendationQueries(strict);
    const inStock = (query: string) => strictly.recommendations('u', `/x?${query}`).filter.inStock;
    expect([inStock(''), inStock('inStock=false'), inStock('inStock=true')]).toEqual([true, false, true]);
  });

  it.each([
    ['category=', ['category']],
    ['category=a,,b', ['category']],
    [`category=${'a,'.repeat(100)}a`, ['category']],
    ['inStock=1', ['inStock']],
    ['minPrice=-1', ['minPrice']],
    ['minPrice=1e3', ['minPrice']],
    ['minPrice=', ['minPrice']],
    ['maxPrice=1000000000001', ['maxPrice']],
    ['minPrice=3&maxPrice=2', ['minPrice']],
    ['filter=', ['filter']],
    ['filter=a', ['filter']],
    [`filter=${'a'.repeat(2_001)}`, ['filter']],
    ['include=', ['include']],
    [`include=${'a,'.repeat(1_000)}a`, ['include']],
    ['maxPerCategory=0', ['maxPerCategory']],
    ['maxPerCategory=1001', ['maxPerCategory']],
  ])('names what is wrong with %s', (query, paths) => {
    expect(refusedPaths(() => parse(query))).toEqual(paths);
  });

  it('names prices the wrong way round, and the place in an expression', () => {
    expect(() => parse('minPrice=3&maxPrice=2')).toThrow('minPrice: 3 is more than maxPrice, 2');
    expect(() => parse('filter=brand+%3D+Acme')).toThrow('filter: column 9: expected a text in quotes');
  });

  it('names the parameter that is wrong', () => {
    expect(refusedPaths(() => parse('n=51'))).toEqual(['n']);
    expect(refusedPaths(() => parse('excludeSeen=1'))).toEqual(['excludeSeen']);
    expect(refusedPaths(() => parse('excludeSeen='))).toEqual(['excludeSeen']);
    expect(refusedPaths(() => parse('exclude=a,,b'))).toEqual(['exclude']);
    expect(refusedPaths(() => parse(`exclude=${'a,'.repeat(1_000)}a`))).toEqual(['exclude']);
    expect(refusedPaths(() => parse('topN=3'))).toEqual(['topN']);
    expect(refusedPaths(() => parse('userId=other'))).toEqual(['userId']);
    expect(refusedPaths(() => parse('', ' u'))).toEqual(['userId']);
    expect(refusedPaths(() => parse('', 'x'.repeat(65)))).toEqual(['userId']);
  });

  it('takes a thousand excluded items', () => {
    expect(parse(`exclude=${Array.from({ length: 1_000 }, (_, k) => k).join(',')}`).exclude).toHaveLength(
      1_000,
    );
  });

  it('answers any text with a request or a 400, never with anything else', () => {
    const pair = fc.tuple(
      fc.constantFrom(
        ...[
          'n',
          'excludeSeen',
          'exclude',
          'userId',
          '__proto__',
          'category',
          'inStock',
          'minPrice',
          'maxPrice',
        ],
        ...['filter', 'include', 'maxPerCategory'],
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(pair), fc.string({ unit: 'binary' }), (pairs, userId) => {
        const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
        try {
          const request = parse(query, userId);
          expect(Number.isInteger(request.n) && request.n >= 1 && request.n <= 50).toBe(true);
        } catch (error) {
          expect(isSommelierError(error) && error.code).toBe('invalid-request');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the original address', () => {
  it('takes n and the user from the path, the rest from the query', () => {
    expect(parseTopN('3', 'u', '/x?exclude=a')).toEqual({
      userId: 'u',
      n: 3,
      excludeSeen: false,
      exclude: ['a'],
      filter: NO_FILTER,
      explain: false,
    });
  });

  it('refuses an n that is not one, and one that comes again in the query', () => {
    expect(refusedPaths(() => parseTopN('', 'u', '/x'))).toEqual(['n']);
    expect(refusedPaths(() => parseTopN('ten', 'u', '/x'))).toEqual(['n']);
    expect(refusedPaths(() => parseTopN('3', 'u', '/x?n=4'))).toEqual(['n']);
    expect(refusedPaths(() => parseTopN('3', '', '/x'))).toEqual(['userId']);
  });
});
