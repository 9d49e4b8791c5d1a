import { describe, expect, it } from '@jest/globals';
import { SommelierError } from '@sommelier/contracts';
import { requireKeys } from './bind-address.ts';

describe('requireKeys', () => {
  const lastError = new SommelierError('database-unavailable', 'The database is away.');

  it('lets an address be used when there is a key, or was one', () => {
    expect(() =>
      requireKeys('0.0.0.0', { state: 'locked', isEmpty: false, lastError: undefined }),
    ).not.toThrow();
  });

  it.each([
    [
      { state: 'locked', isEmpty: true, lastError: undefined },
      /listens on 0.0.0.0 only when there is an API key/,
    ],
    [{ state: 'unread', isEmpty: true, lastError }, /before it has read its keys. The database is away/],
    [{ state: 'unread', isEmpty: true, lastError: undefined }, /No answer yet/],
  ] as const)('refuses %j and says what to do', (keys, message) => {
    const attempt = () => requireKeys('0.0.0.0', keys);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/sommelier keys create.*API_KEY.*HOST=127\.0\.0\.1/);
    expect(attempt).toThrow(expect.objectContaining({ code: 'unsafe-address' }));
  });
});
