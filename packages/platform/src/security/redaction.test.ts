import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newApiKey } from './api-key-token.ts';
import { createRedaction, redactApiKeys } from './redaction.ts';

describe('redactApiKeys', () => {
  test('takes out the secret of every key, wherever it stands, and leaves the id', () => {
    const { id, token } = newApiKey();
    const around = fc.string({ minLength: 1 }).filter((text) => !/[A-Za-z0-9_-]/.test(text));
    fc.assert(
      fc.property(around, around, (before, after) => {
        const expected = `smk_${id}_[redacted]`;
        expect(redactApiKeys(`${before}${token}${after}${token}`)).toBe(
          `${before}${expected}${after}${expected}`,
        );
      }),
    );
  });

  test('knows a key whose underscores are percent-encoded', () => {
    const { token } = newApiKey();
    expect(redactApiKeys(`/x?key=${token.replaceAll('_', '%5F')}`)).not.toContain(token.slice(21, 40));
  });

  test('leaves everything else alone', () => {
    expect(redactApiKeys('smk_ smk_0123456789abcdef_short user smk')).toBe(
      'smk_ smk_0123456789abcdef_short user smk',
    );
  });
});

describe('createRedaction', () => {
  const redact = createRedaction({
    DATABASE_URL: 'mysql://shop:p%40ss%22word@db:3306/shop',
    REDIS_URL: 'redis://:redis-secret@redis:6379',
    ADMIN_PASSWORD: 'admin"quoted',
    API_KEY: 'k'.repeat(40),
    PATH: '/usr/bin',
  });

  test.each([
    'p%40ss%22word',
    'p@ss"word',
    JSON.stringify({ url: 'p@ss"word' }),
    'redis://:redis-secret@redis',
    'admin"quoted',
    JSON.stringify(['admin"quoted']),
    `GET /?x=${encodeURIComponent('admin"quoted')}`,
    `Bearer ${'k'.repeat(40)}`,
  ])('takes the secret out of %s', (text) => {
    const redacted = redact(text);
    expect(redacted).toContain('[redacted]');
    expect(redacted).not.toMatch(/ss%22|ss\\?"word|redis-secret|quoted|kkkk/);
  });

  test('knows the password in an address that is no URL', () => {
    expect(createRedaction({ DATABASE_URL: 'mysql://u:pass word@/x:@host' })('bad: pass word@/x:')).toBe(
      'bad: [redacted]',
    );
  });

  test('without secrets changes nothing', () => {
    const none = createRedaction({
      DATABASE_URL: 'file:x.db',
      REDIS_URL: 'redis://localhost',
      ADMIN_PASSWORD: '',
    });
    fc.assert(fc.property(fc.string(), (text) => expect(none(text)).toBe(text)));
  });
});
