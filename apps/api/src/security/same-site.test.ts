import { describe, expect, it } from '@jest/globals';
import { isForeign } from './same-site.ts';

const host = 'shop.example:8080';

describe('isForeign', () => {
  it.each([
    ['GET', { 'sec-fetch-site': 'cross-site' }, true, false],
    ['POST', {}, false, false],
    ['POST', {}, true, true],
    ['POST', { 'sec-fetch-site': 'same-origin' }, true, false],
    ['POST', { 'sec-fetch-site': 'none' }, true, false],
    ['PUT', { 'sec-fetch-site': 'cross-site' }, false, true],
    ['DELETE', { 'sec-fetch-site': 'same-site' }, true, true],
    ['POST', { origin: 'http://shop.example:8080' }, true, false],
    ['POST', { origin: 'https://SHOP.example:8080' }, true, false],
    ['POST', { origin: 'http://shop.example' }, true, true],
    ['POST', { origin: 'http://evil.example:8080' }, false, true],
    ['POST', { origin: 'null' }, true, true],
    ['POST', { 'sec-fetch-site': 'cross-site', origin: 'http://shop.example:8080' }, true, true],
  ])('%s with %j, session %s: %s', (method, headers, hasSession, expected) => {
    expect(isForeign(method, { host, ...headers }, hasSession)).toBe(expected);
  });
});
