import { describe, expect, it } from '@jest/globals';
import { createLogger, type ErasedUser, userHash } from '@sommelier/platform';
import type { ScoreRequest } from '../scoring/scoring-protocol.ts';
import { answering, tinyScoring } from '../testing/tiny-model.ts';
import { ErasedUsers, withoutErased } from './erased-users.ts';

const erasure = (id: number, userId: string): ErasedUser => ({ id, userHash: userHash(userId) });
const logger = createLogger('test', 'silent');
const none = () => new ErasedUsers({ readAfter: async () => [], logger });

describe('ErasedUsers', () => {
  it('counts an erasure for the models in which it is not carried out', () => {
    const erased = none();
    expect(erased.has('u0', 0)).toBe(false);
    erased.add([erasure(3, 'u0')]);
    expect([0, 2, 3, 4].map((through) => erased.has('u0', through))).toEqual([true, true, false, false]);
    expect(erased.has('u1', 0)).toBe(false);
  });

  it('of one who was erased twice, the newest counts, in whatever order they are heard of', () => {
    const erased = none();
    erased.add([erasure(5, 'u0'), erasure(3, 'u0'), erasure(4, 'u1')]);
    expect(erased.has('u0', 4)).toBe(true);
    expect(erased.has('u1', 4)).toBe(false);
  });

  it('reads what a model needs, and what it needed again until the database answers', async () => {
    const stored = [erasure(1, 'u0'), erasure(2, 'u1')];
    let failures = 0;
    const erased = new ErasedUsers({
      readAfter: async (id) => {
        if (failures-- > 0) throw new Error('away');
        return stored.filter((one) => one.id > id);
      },
      logger,
    });
    await erased.readFor(1);
    expect([erased.has('u0', 0), erased.has('u1', 1)]).toEqual([false, true]);
    stored.push(erasure(3, 'u2'));
    failures = 2;
    await new Promise<void>((resolve) => erased.refresh(resolve));
    expect(erased.has('u2', 1)).toBe(true);
    failures = 1;
    await expect(erased.readFor(0)).rejects.toThrow('away');
    erased.stop();
  });
});

describe('a model with an erased user', () => {
  const answer = answering(tinyScoring());
  const request = (userId: string): ScoreRequest => ({
    ...{ userId, events: [], nowMs: 0, n: 3 },
    ...{ excludeHistory: true, excludedItemIds: [] },
  });

  it('answers them as somebody without a row, and everybody else as before', async () => {
    const erased = none();
    const score = withoutErased(async (asked) => answer(asked), erased, 0);
    const before = await score(request('u1'));
    expect(await score(request('u0'))).toMatchObject({
      strategy: 'personalized',
      items: [{ itemId: 'i0' }, { itemId: 'i1' }, { itemId: 'i2' }],
    });
    erased.add([erasure(1, 'u0')]);
    // i4, the most popular item, is in the history of u0: nothing knows that any more.
    expect(await score(request('u0'))).toMatchObject({
      strategy: 'popular',
      items: [{ itemId: 'i4' }, {}, {}],
    });
    expect(await score(request('u1'))).toEqual(before);
    const similar = { kind: 'similar', itemId: 'i0', n: 1, excludedItemIds: [] } as const;
    expect(await score(similar)).toMatchObject({ kind: 'similar', isKnown: true });
  });

  it('takes somebody who came back by what they did since', async () => {
    const erased = none();
    erased.add([erasure(1, 'u0')]);
    const score = withoutErased(async (asked) => answer(asked), erased, 0);
    const events = [{ itemId: 'i9', weight: 1, timestampMs: 2_000 }];
    expect(await score({ ...request('u0'), events } as ScoreRequest)).toMatchObject({
      strategy: 'folded-in',
    });
  });
});
