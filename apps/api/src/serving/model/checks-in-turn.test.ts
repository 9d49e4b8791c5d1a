import { describe, expect, it } from '@jest/globals';
import { checksInTurn } from './checks-in-turn.ts';

interface Begun {
  readonly version: string;
  readonly end: (error?: Error) => void;
}

/** A check that ends when the test says so. */
function openChecks() {
  const begun: Begun[] = [];
  const check = (version: string) =>
    new Promise<void>((resolve, reject) => {
      begun.push({ version, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { begun, ask: checksInTurn(check) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('checks of models', () => {
  it('are made one after the other, in the order in which they were asked for', async () => {
    const { begun, ask } = openChecks();
    const both = [ask('a'), ask('b')];
    await turn();
    expect(begun.map(({ version }) => version)).toEqual(['a']);
    begun[0]!.end();
    await both[0];
    await turn();
    expect(begun.map(({ version }) => version)).toEqual(['a', 'b']);
    begun[1]!.end();
    await Promise.all(both);
  });

  it('share the outcome of a version that is being checked, and check it again afterwards', async () => {
    const { begun, ask } = openChecks();
    const asked = [ask('a'), ask('a')].map((one) => one.catch((error: Error) => error.message));
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]!.end(new Error('damaged'));
    expect(await Promise.all(asked)).toEqual(['damaged', 'damaged']);
    const again = ask('a');
    await turn();
    expect(begun).toHaveLength(2);
    begun[1]!.end();
    await again;
  });

  it('go on after one that failed', async () => {
    const { begun, ask } = openChecks();
    const first = ask('a').catch(() => 'failed');
    const second = ask('b');
    await turn();
    begun[0]!.end(new Error('damaged'));
    expect(await first).toBe('failed');
    await turn();
    begun[1]!.end();
    await expect(second).resolves.toBeUndefined();
  });

  it('are refused when nine versions are in line, and taken again once one is through', async () => {
    const { begun, ask } = openChecks();
    const waiting = Array.from({ length: 9 }, (_, k) => ask(`version-${k}`));
    await expect(ask('one-more')).rejects.toMatchObject({ code: 'overloaded' });
    await turn();
    begun[0]!.end();
    await waiting[0];
    waiting.push(ask('one-more'));
    for (let k = 1; k <= 9; k++) {
      await turn();
      begun[k]!.end();
    }
    await Promise.all(waiting);
    expect(begun.map(({ version }) => version).at(-1)).toBe('one-more');
  });
});
