import { expect, test } from '@jest/globals';
import {
  CATEGORIES,
  eventsOf,
  FILTER_QUERIES,
  interactionsOf,
  itemIdOf,
  itemIndexOf,
  itemOf,
} from './shop.ts';

const SHOP = { userCount: 50, itemCount: 2_000, seed: 1 };

test('each user has a history of distinct items, the same for the same seed', () => {
  const interactions = interactionsOf(SHOP);
  const { offsets, items, userIds } = interactions;
  for (let user = 0; user < userIds.length; user++) {
    const history = items.subarray(offsets[user], offsets[user + 1]);
    expect(history).toHaveLength(4);
    expect(new Set(history).size).toBe(4);
  }
  expect(interactionsOf(SHOP)).toEqual(interactions);
  expect(interactionsOf({ ...SHOP, seed: 2 }).items).not.toEqual(items);
});

test('the log has the same pairs', () => {
  const interactions = interactionsOf(SHOP);
  const events = [...eventsOf(interactions)];
  expect(events).toHaveLength(200);
  const { userId, itemId } = events[5]!;
  expect(userId).toBe('u000001');
  expect(itemId).toBe(interactions.itemIds[interactions.items[5]!]);
});

test('every filter leaves more than a list of items', () => {
  const items = Array.from({ length: 3_706 }, (_, index) => itemOf(index, 42));
  expect(FILTER_QUERIES).toHaveLength(CATEGORIES);
  for (const query of FILTER_QUERIES) {
    const wanted = new URLSearchParams(query);
    const left = items.filter(
      ({ categoryId, available, price }) =>
        categoryId === wanted.get('category') &&
        available === (wanted.get('inStock') === 'true') &&
        price! >= Number(wanted.get('minPrice')) &&
        price! <= Number(wanted.get('maxPrice')),
    );
    expect(left.length).toBeGreaterThan(20);
    expect(left.length).toBeLessThan(items.length / 20);
  }
});

test('ids of items are in the order of their indices, and lead back to them', () => {
  const ids = [0, 9, 10, 235_060].map(itemIdOf);
  expect(ids).toEqual([...ids].sort());
  expect(ids.map(itemIndexOf)).toEqual([0, 9, 10, 235_060]);
});
