import { expect, test } from '@jest/globals';
import { textTable } from './text-table.ts';

test('columns are as wide as their longest cell, lines end without blanks', () => {
  expect(
    textTable([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
  ).toBe('a    bb  c\naaa  b');
  expect(textTable([])).toBe('');
});
