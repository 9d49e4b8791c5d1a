import { expect, it } from '@jest/globals';
import { killOrder } from './kill-loop.ts';

it('has as many kills of each kind as are asked for, mixed, and the same for the same seed', () => {
  const plan = { kills: 100, redisKills: 20, seed: 4, lockMs: 2_000 };
  const order = killOrder(plan);
  expect(order.filter((target) => target === 'worker')).toHaveLength(100);
  expect(order.filter((target) => target === 'redis')).toHaveLength(20);
  expect(order.slice(0, 60)).toContain('redis');
  expect(killOrder(plan)).toEqual(order);
  expect(killOrder({ ...plan, seed: 5 })).not.toEqual(order);
});
