import { expect, it } from '@jest/globals';
import { allEndedOnce, countsOf, type JobOutcome } from './outcome.ts';

const job = (changes: Partial<JobOutcome> = {}): JobOutcome => ({
  id: 'j',
  end: 'ended',
  begun: 1,
  done: 1,
  ...changes,
});

it('counts what became of the jobs', () => {
  const jobs = [
    job(),
    job({ begun: 3 }),
    job({ done: 2, begun: 2 }),
    job({ end: 'failed', done: 0, begun: 2 }),
    job({ end: 'lost', done: 0 }),
    job({ end: 'pending', done: 0 }),
  ];
  expect(countsOf(jobs)).toEqual({
    accepted: 6,
    endedOnce: 2,
    lost: 1,
    pending: 1,
    doneTwice: 1,
    failedForGood: 1,
    begunAgain: 3,
  });
});

it.each<[Partial<JobOutcome>, boolean]>([
  [{}, true],
  [{ begun: 4 }, true],
  [{ done: 2 }, false],
  [{ done: 0 }, false],
  [{ end: 'failed' }, false],
  [{ end: 'lost' }, false],
  [{ end: 'pending' }, false],
])('takes a job %j for one that ended once: %s', (changes, expected) => {
  expect(allEndedOnce(countsOf([job(), job(changes)]))).toBe(expected);
});
