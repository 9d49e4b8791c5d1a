import { expect, it } from '@jest/globals';
import { collectGarbage } from './collect-garbage.ts';

it('frees what nothing refers to', async () => {
  const lost = new WeakRef({ bytes: new SharedArrayBuffer(1_000) });
  // A WeakRef that was made or read in this task keeps its object until the next.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(lost.deref()).toBeUndefined();
});
