import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { collectGarbage, RetiredMemory } from './collect-garbage.ts';

function memory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
}

test('a shared memory that nothing refers to is gone afterwards, one that something refers to is not', async () => {
  const kept = memory();
  const dropped = new WeakRef(memory());
  const known = new WeakRef(kept);
  // What was made or looked at in a turn stays until its end.
  await turn();
  collectGarbage();
  expect(dropped.deref()).toBeUndefined();
  expect(known.deref()).toBe(kept);
});

test('retired memory is collected when there is much of it, or many', () => {
  let collected = 0;
  const retired = new RetiredMemory(() => {
    collected++;
  });
  const quarter = 64 * 2 ** 20;
  for (let k = 0; k < 3; k++) retired.retire(quarter);
  expect(collected).toBe(0);
  retired.retire(quarter);
  expect(collected).toBe(1);
  for (let k = 0; k < 15; k++) retired.retire(1);
  expect(collected).toBe(1);
  retired.retire(1);
  expect(collected).toBe(2);
  retired.retire(1_000 * quarter);
  expect(collected).toBe(3);
});
