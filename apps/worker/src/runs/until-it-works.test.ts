import { expect, test } from '@jest/globals';
import { createLogger } from '@sommelier/platform';
import { untilItWorks } from './until-it-works.ts';

const logger = createLogger('test', 'silent');

test('tries again until it works', async () => {
  let tries = 0;
  const attempt = async () => {
    if (++tries < 3) throw new Error('not yet');
    return 'done';
  };
  const { signal } = new AbortController();
  expect(await untilItWorks('it', attempt, { logger, signal })).toBe('done');
  expect(tries).toBe(3);
});

test('a signal ends the waiting', async () => {
  const controller = new AbortController();
  const never = () => Promise.reject(new Error('never'));
  const waiting = untilItWorks('it', never, { logger, signal: controller.signal });
  setTimeout(() => controller.abort('shutdown'), 50);
  await expect(waiting).rejects.toBe('shutdown');
});
