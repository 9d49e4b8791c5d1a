import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashOfToken, idOfToken, newApiKey } from './api-key-token.ts';

test('a key has an id of 64 bits and a secret of 256, none twice, and the hash of the whole', () => {
  const keys = Array.from({ length: 200 }, newApiKey);
  for (const { id, token, hash } of keys) {
    const [, idPart, secret = ''] = /^smk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
    expect(idPart).toBe(id);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(idOfToken(token)).toBe(id);
    expect(hashOfToken(token).toString('hex')).toBe(hash);
  }
  expect(new Set(keys.map(({ id }) => id)).size).toBe(200);
  expect(new Set(keys.map(({ hash }) => hash)).size).toBe(200);
});

test('the hash is SHA-256', () => {
  const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(hashOfToken('abc').toString('hex')).toBe(known);
});

test('what is no key has no id', () => {
  const { token } = newApiKey();
  for (const text of [
    '',
    'smk_',
    token.slice(0, -1),
    `${token}x`,
    token.toUpperCase(),
    ` ${token}`,
    `${token}\n`,
  ]) {
    expect([text, idOfToken(text)]).toEqual([text, undefined]);
  }
  fc.assert(fc.property(fc.string(), (text) => expect(idOfToken(text)).toBeUndefined()));
});
