import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserItems } from './user-items.ts';

describe('UserItems', () => {
  test('ranks name the items without interaction in ascending order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }).chain((itemCount) =>
          fc.record({
            itemCount: fc.constant(itemCount),
            histories: fc.array(fc.array(fc.nat(itemCount - 1), { maxLength: 60 }), {
              minLength: 1,
              maxLength: 5,
            }),
          }),
        ),
        ({ itemCount, histories }) => {
          const offsets = new Uint32Array(histories.length + 1);
          histories.forEach((items, user) => {
            offsets[user + 1] = offsets[user]! + items.length;
          });
          const items = Uint32Array.from(histories.flat());
          const userItems = new UserItems({ userCount: histories.length, itemCount, offsets, items });
          histories.forEach((own, user) => {
            const seen = new Set(own);
            const unseen = Array.from({ length: itemCount }, (_, item) => item).filter(
              (item) => !seen.has(item),
            );
            const found = Array.from({ length: userItems.unseenCount(user) }, (_, rank) =>
              userItems.unseenItem(user, rank),
            );
            expect(found).toEqual(unseen);
          });
        },
      ),
    );
  });
});
