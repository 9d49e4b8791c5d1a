import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isLogin } from './basic-login.ts';

const header = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;

describe('isLogin', () => {
  it('takes the login, with a colon and more than ASCII in the password', () => {
    expect(isLogin(header('admin', 'pass:wörd '), 'admin', 'pass:wörd ')).toBe(true);
    expect(isLogin(header('admin', 'secret').replace('Basic', 'basic'), 'admin', 'secret')).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    'Basic !!!',
    'Bearer YWRtaW46c2VjcmV0',
    `Basic ${Buffer.from('admin').toString('base64')}`,
    header('admin', ''),
    header('', 'secret'),
    header('Admin', 'secret'),
    header('admin', 'secret '),
    header('admin', 'secre'),
    `${header('admin', 'secret')}, x`,
  ])('refuses %j', (value) => {
    expect(isLogin(value, 'admin', 'secret')).toBe(false);
  });

  it('takes a login exactly when both parts are equal', () => {
    const part = fc.string({ unit: 'grapheme' });
    const user = part.filter((text) => !text.includes(':'));
    fc.assert(
      fc.property(user, part, user, part, (u1, p1, u2, p2) => {
        expect(isLogin(header(u1, p1), u1, p1)).toBe(true);
        expect(isLogin(header(u1, p1), u2, p2)).toBe(u1 === u2 && p1 === p2);
      }),
    );
  });
});
