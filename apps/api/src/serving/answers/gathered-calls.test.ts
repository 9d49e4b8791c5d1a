import { expect, it } from '@jest/globals';
import { GatheredCalls } from './gathered-calls.ts';

/** Calls that the test answers by hand, each key with itself in capitals. */
function gathered(limits: { calls: number; keys: number }) {
  const calls: { keys: readonly string[]; answer: () => void }[] = [];
  const questions = new GatheredCalls<string>(
    (keys) =>
      new Promise((resolve) => {
        calls.push({
          keys,
          answer: () =>
            resolve(new Map(keys.filter((key) => key !== 'x').map((key) => [key, key.toUpperCase()]))),
        });
      }),
    limits,
  );
  return { calls, questions };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('asks at once for what comes in one turn, each key once', async () => {
  const { calls, questions } = gathered({ calls: 2, keys: 10 });
  const answers = Promise.all(['a', 'b', 'a', 'x'].map((key) => questions.ask(key)));
  await nextTurn();
  expect(calls.map(({ keys }) => keys)).toEqual([['a', 'b', 'x']]);
  calls[0]!.answer();
  expect(await answers).toEqual(['A', 'B', 'A', undefined]);
});

it('lets what comes meanwhile wait together for the first of the calls under way', async () => {
  const { calls, questions } = gathered({ calls: 2, keys: 10 });
  const answers: Promise<string | undefined>[] = [];
  for (const key of ['a', 'b', 'c', 'd']) {
    answers.push(questions.ask(key));
    await nextTurn();
  }
  expect(calls.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
  calls[1]!.answer();
  expect(await answers[1]).toBe('B');
  await nextTurn();
  expect(calls.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c', 'd']]);
  calls[0]!.answer();
  calls[2]!.answer();
  expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D']);
});

it('asks for at most so many keys at once, and begins the next call beside it', async () => {
  const { calls, questions } = gathered({ calls: 2, keys: 2 });
  for (const key of ['a', 'b', 'c', 'd', 'e']) void questions.ask(key);
  await nextTurn();
  await nextTurn();
  expect(calls.map(({ keys }) => keys)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});
