import { expect, test } from '@jest/globals';
import { holdOutLast, toHistories } from './hold-out.ts';

test('histories are in the order of the fourth column, whatever the order of the rows', () => {
  const histories = toHistories(
    {
      users: Uint32Array.of(1, 0, 1, 1, 1),
      items: Uint32Array.of(5, 2, 7, 5, 0),
      times: Float64Array.of(3, 1, 1, 4, 2),
    },
    3,
    8,
  );
  expect([...histories.offsets]).toEqual([0, 1, 4, 4]);
  // Item 5 of user 1 occurs twice: its last time counts.
  expect([...histories.items]).toEqual([2, 7, 0, 5]);
  expect([...histories.strengths]).toEqual([1, 1, 1, 1]);
});

test('the validation item is the last one; its competitors are distinct and no training items', () => {
  const itemCount = 200;
  const histories = toHistories(
    {
      users: Uint32Array.from([0, 1, 1, 1]),
      items: Uint32Array.from([9, 100, 3, 50]),
      times: Float64Array.from([1, 2, 1, 3]),
    },
    2,
    itemCount,
  );
  const { train, validation } = holdOutLast(histories, 1);
  expect([...train.offsets]).toEqual([0, 1, 3]);
  expect([...train.items]).toEqual([9, 3, 100]);
  expect(validation).toHaveLength(1);
  const [task] = validation;
  expect(task).toMatchObject({ user: 1, positive: 50 });
  expect(task!.negatives).toHaveLength(99);
  expect(new Set(task!.negatives).size).toBe(99);
  for (const item of [100, 3, 50]) expect(task!.negatives.includes(item)).toBe(false);
  expect(holdOutLast(histories, 1)).toEqual({ train, validation });
  expect(holdOutLast(histories, 2).validation).not.toEqual(validation);
});

test('a user with nearly every item is ranked against what is left', () => {
  const count = 10;
  const histories = toHistories(
    {
      users: new Uint32Array(count - 1),
      items: Uint32Array.from({ length: count - 1 }, (_, item) => item),
      times: new Float64Array(count - 1),
    },
    1,
    count,
  );
  const { validation } = holdOutLast(histories, 1);
  expect(validation).toEqual([{ user: 0, positive: 8, negatives: Uint32Array.of(9) }]);
});
