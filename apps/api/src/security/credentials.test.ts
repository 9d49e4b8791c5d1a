import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCookie, readCredentials } from './credentials.ts';

const basic = (text: string) => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;

describe('readCredentials', () => {
  it('reads a Bearer token in any case of the scheme', () => {
    const expected = { kind: 'token', token: 'smk_0-9._~+/==' };
    expect(readCredentials('Bearer smk_0-9._~+/==')).toEqual(expected);
    expect(readCredentials('bearer  smk_0-9._~+/== ')).toEqual(expected);
  });

  it('reads every login of HTTP Basic, with colons and more than ASCII in the password', () => {
    const user = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes(':'));
    fc.assert(
      fc.property(user, fc.string({ unit: 'grapheme' }), (name, password) => {
        const { user: readUser, password: readPassword } = {
          user: undefined,
          password: undefined,
          ...readCredentials(basic(`${name}:${password}`)),
        };
        expect([readUser, readPassword]).toEqual([name, password]);
      }),
    );
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,b',
    'Basic',
    'Basic !!!',
    'Digest YWRtaW46c2VjcmV0',
    basic('no colon'),
    `${basic('a:b')}, x`,
    `Bearer ${'a'.repeat(5_000)}`,
  ])('finds nothing in %j', (header) => {
    expect(readCredentials(header)).toEqual({ kind: 'none' });
  });
});

describe('readCookie', () => {
  it('finds a cookie by its whole name', () => {
    const headers = { cookie: 'a=1; session2=no; session=x=y; b' };
    expect(readCookie(headers, 'session')).toBe('x=y');
    expect(readCookie(headers, 'b')).toBeUndefined();
    expect(readCookie({}, 'a')).toBeUndefined();
  });
});
