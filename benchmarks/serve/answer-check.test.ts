import { expect, test } from '@jest/globals';
import { faultOf } from './answer-check.ts';

const EXPECTED = { v1: { u: 'a,b,c', w: 'x' }, v2: { u: 'd,b,e', w: 'y' } };

function answer(version: string, itemIds: readonly string[], userId = 'u'): string {
  return JSON.stringify({ userId, model: { version }, items: itemIds.map((itemId) => ({ itemId })) });
}

test('the right items of the version that the answer names are without fault', () => {
  expect(faultOf(answer('v1', ['a', 'b', 'c']), EXPECTED)).toBeUndefined();
  expect(faultOf(answer('v2', ['d', 'b', 'e']), EXPECTED)).toBeUndefined();
});

test('items of the other version are mixed, all of them or one', () => {
  expect(faultOf(answer('v1', ['d', 'b', 'e']), EXPECTED)).toBe('mixed');
  expect(faultOf(answer('v2', ['d', 'b', 'c']), EXPECTED)).toBe('mixed');
});

test('what no version would answer is wrong', () => {
  expect(faultOf(answer('v1', ['b', 'a', 'c']), EXPECTED)).toBe('wrong');
  expect(faultOf(answer('v1', ['a', 'b']), EXPECTED)).toBe('wrong');
  expect(faultOf(answer('v1', ['a', 'b', 'z']), EXPECTED)).toBe('wrong');
  expect(faultOf(answer('v1', ['y', 'b', 'c']), EXPECTED)).toBe('wrong');
  expect(faultOf(answer('v3', ['a', 'b', 'c']), EXPECTED)).toBe('wrong');
  expect(faultOf(answer('v1', ['a', 'b', 'c'], 'nobody'), EXPECTED)).toBe('wrong');
});

test('what is no answer is unreadable', () => {
  for (const body of ['', '{', '{}', 'null', '{"model":{"version":"v1"}}']) {
    expect(faultOf(body, EXPECTED)).toBe('unreadable');
  }
});
