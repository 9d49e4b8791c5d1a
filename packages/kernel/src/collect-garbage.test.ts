import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { collectGarbage } from './collect-garbage.ts';

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
