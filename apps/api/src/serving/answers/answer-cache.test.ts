import { beforeEach, expect, it } from '@jest/globals';
import { AnswerCache, type CachedAnswer } from './answer-cache.ts';

let now: { generation: number | null; histories: Map<string, object>; catalogue: number };
let cache: AnswerCache;

const URL = '/v1/users/u/recommendations';

beforeEach(() => {
  now = { generation: 1, histories: new Map([['u', {}]]), catalogue: 7 };
  cache = new AnswerCache({
    generation: () => now.generation,
    history: (userId) => now.histories.get(userId),
    catalogue: () => now.catalogue,
  });
});

function answer(catalogue: number | undefined): CachedAnswer {
  const basis = { userId: 'u', generation: 1, history: now.histories.get('u')!, catalogue };
  return { basis, seenFrom: 'database', strategy: 'personalized', body: Buffer.from('{}') };
}

it('gives an answer again to the same address only', () => {
  const kept = answer(undefined);
  cache.keep(URL, kept);
  expect(cache.find(URL)).toBe(kept);
  expect(cache.find(`${URL}?n=5`)).toBeUndefined();
});

it.each<[string, () => void]>([
  ['another model', () => Object.assign(now, { generation: 2 })],
  ['no model', () => Object.assign(now, { generation: null })],
  ['something that the user did', () => void now.histories.set('u', {})],
  ['a history that is not known any more', () => void now.histories.delete('u')],
])('forgets it with %s, for good', (_what, change) => {
  const before = { ...now, histories: new Map(now.histories) };
  cache.keep(URL, answer(undefined));
  change();
  expect(cache.find(URL)).toBeUndefined();
  now = before;
  expect(cache.find(URL)).toBeUndefined();
});

it('asks for the items only where the answer depends on them', () => {
  cache.keep(URL, answer(7));
  cache.keep('/plain', answer(undefined));
  now.catalogue = 8;
  expect(cache.find(URL)).toBeUndefined();
  expect(cache.find('/plain')).toBeDefined();
});
