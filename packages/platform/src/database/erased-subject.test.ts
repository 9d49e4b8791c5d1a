import { expect, it } from '@jest/globals';
import { erasedSubject, erasedUserOf } from './erased-subject.ts';
import { userHash } from './user-hash.ts';

it('writes an erasure into 64 characters at most, and reads it again', () => {
  for (const [id, userId] of [
    [1, 'a'],
    [2_147_483_647, 'ü'.repeat(64)],
  ] as const) {
    const erased = { id, userHash: userHash(userId) };
    const subject = erasedSubject(erased);
    expect(subject.length).toBeLessThanOrEqual(64);
    expect(erasedUserOf(subject)).toEqual(erased);
  }
});

it.each(['', '*', 'user-1', '0.x', `0.${'a'.repeat(43)}`, `1.${'a'.repeat(42)}`, `1.${'a'.repeat(44)}`])(
  'does not read %j',
  (subject) => {
    expect(erasedUserOf(subject)).toBeUndefined();
  },
);
