import { describe, expect, test } from '@jest/globals';
import { qualityOf, rankOf, rankTasks } from './ranking.ts';

describe('ranking', () => {
  const task = { user: 0, positive: 3, negatives: Uint32Array.of(0, 1, 2) };

  test('the rank counts from 1, and a tie or a NaN counts against the positive', () => {
    expect(rankOf(task, (item) => [1, 2, 3, 4][item]!)).toBe(1);
    expect(rankOf(task, (item) => [9, 2, 3, 4][item]!)).toBe(2);
    expect(rankOf(task, () => 0.5)).toBe(4);
    expect(rankOf(task, (item) => [Number.NaN, 0, 0, 1][item]!)).toBe(2);
    expect(rankOf(task, (item) => [0, 0, 0, Number.NaN][item]!)).toBe(4);
  });

  test('HR@10 and NDCG@10 by hand', () => {
    const { hr10, ndcg10 } = qualityOf([1, 3, 10, 11]);
    expect(hr10).toBe(0.75);
    // 1 / log2(2) + 1 / log2(4) + 1 / log2(11), over four users
    expect(ndcg10).toBeCloseTo((1 + 0.5 + 0.28906) / 4, 4);
  });

  test('tasks are ranked by the rows of their own users', async () => {
    const tasks = [
      { user: 4, positive: 0, negatives: Uint32Array.of(1) },
      { user: 2, positive: 1, negatives: Uint32Array.of(0) },
    ];
    const asked: number[] = [];
    const result = await rankTasks(tasks, 2, async (users) => {
      asked.push(...users);
      return Float32Array.from([...users].flatMap((user) => (user === 4 ? [1, 0] : [0, 1])));
    });
    expect(asked).toEqual([4, 2]);
    expect(result).toEqual({ hr10: 1, ndcg10: 1 });
  });
});
