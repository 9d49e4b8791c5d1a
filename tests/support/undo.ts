import { afterEach } from '@jest/globals';

/** Takes something back that a test has started or made. */
export type Undo = () => Promise<unknown>;

/** A list for the tests of one file: after each of them all that is in it is called, the last first. */
export function undoneAfterEach(timeoutMs: number): Undo[] {
  const steps: Undo[] = [];
  afterEach(async () => {
    for (const step of steps.splice(0).reverse()) await step();
  }, timeoutMs);
  return steps;
}
