import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createLogger } from '@sommelier/platform';
import { createRunWatch } from './run-watch.ts';

const logger = createLogger('test', 'silent');

/** A row that says what the test wants, and how often it was asked. */
function row(answers: { owned: boolean | Error }) {
  let asked = 0;
  const owns = async (id: string, attempt: number) => {
    expect([id, attempt]).toEqual(['r1', 2]);
    asked++;
    if (answers.owned instanceof Error) throw answers.owned;
    return answers.owned;
  };
  return { owns, asked: () => asked };
}

test('asks again and again, and says once that the run is lost', async () => {
  const answers = { owned: true };
  const { owns, asked } = row(answers);
  const watch = createRunWatch({ trainingRuns: { owns }, logger, everyMs: 5 });
  let lost = 0;
  watch.watch({ runId: 'r1', attempt: 2, onLost: () => lost++ });
  while (asked() < 3) await sleep(1);
  expect(lost).toBe(0);
  answers.owned = false;
  while (lost === 0) await sleep(1);
  const after = asked();
  await sleep(30);
  expect([lost, asked()]).toEqual([1, after]);
});

test('a hint about this run asks at once; one about another does not', async () => {
  const { owns, asked } = row({ owned: false });
  const watch = createRunWatch({ trainingRuns: { owns }, logger, everyMs: 1_000_000 });
  let lost = 0;
  watch.watch({ runId: 'r1', attempt: 2, onLost: () => lost++ });
  watch.hint('other');
  expect(asked()).toBe(0);
  watch.hint('r1');
  await sleep(1);
  expect([lost, asked()]).toEqual([1, 1]);
});

test('a row that cannot be read says nothing, and a watch that was ended says nothing any more', async () => {
  const answers: { owned: boolean | Error } = { owned: new Error('the database is away') };
  const { owns, asked } = row(answers);
  const watch = createRunWatch({ trainingRuns: { owns }, logger, everyMs: 5 });
  let lost = 0;
  const stop = watch.watch({ runId: 'r1', attempt: 2, onLost: () => lost++ });
  while (asked() < 2) await sleep(1);
  stop();
  answers.owned = false;
  watch.hint('r1');
  await sleep(20);
  expect(lost).toBe(0);
});
