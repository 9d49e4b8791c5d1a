import { expect, it } from '@jest/globals';
import { Gate } from './gate.ts';

it('never runs more tasks at once than it may, in the order in which they came, whatever fails', async () => {
  const gate = new Gate(2);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const tasks = Array.from({ length: 9 }, (_, index) =>
    gate.run(async () => {
      started.push(index);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (index % 3 === 0) throw new Error(`a fault of the test: ${index}`);
      return index;
    }),
  );
  const settled = await Promise.allSettled(tasks);
  expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(
    tasks.map((_, index) => index % 3 !== 0),
  );
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([most, running]).toEqual([2, 0]);
  expect(await gate.run(async () => 'free again')).toBe('free again');
});
