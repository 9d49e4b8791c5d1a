import { expect, test } from '@jest/globals';
import { whyLeftOut } from './peers.ts';

test('a peer is left out for what it needs itself, and what to install is named', () => {
  const python = 'python3';
  expect(whyLeftOut('bare', { python, missing: ['torch', 'flask'] })).toBeUndefined();
  expect(whyLeftOut('torch', { python, missing: ['pandas', 'waitress'] })).toBeUndefined();
  expect(whyLeftOut('seed', { python, missing: ['pandas', 'waitress'] })).toBe(
    'left out: python3 lacks pandas (on Debian: apt-get install python3-pandas; or --python PATH)',
  );
  expect(whyLeftOut('torch', { python, missing: ['torch', 'flask'] })).toContain(
    'python3-torch python3-flask',
  );
});
