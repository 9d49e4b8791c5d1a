import { expect, test } from '@jest/globals';
import { pathOf } from './load-job.ts';

test('users and queries take turns, from the first user on', () => {
  const paths = {
    before: '/u/',
    users: { first: 2, count: 4 },
    after: '?n=1',
    queries: ['&a=1', '&a=2', '&a=3'],
  };
  expect([0, 1, 2, 3].map((k) => pathOf(paths, k))).toEqual([
    '/u/u000002?n=1&a=1',
    '/u/u000003?n=1&a=2',
    '/u/u000000?n=1&a=3',
    '/u/u000001?n=1&a=1',
  ]);
});

test('a path may be without users and queries', () => {
  expect(pathOf({ before: '/', after: '', queries: [] }, 5)).toBe('/');
});
