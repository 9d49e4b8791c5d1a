import type { Random } from './random.ts';

const LONG = 10_000;
const TEXTS: readonly string[] = [
  '',
  ' ',
  '-1',
  '0',
  '1e308',
  'NaN',
  'Infinity',
  '9007199254740993',
  '99999999999999999999',
  '0x10',
  '١٢٣',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '"',
  '""',
  '"a',
  'a"b"c',
  '"a,b"',
  "'; DROP TABLE Event; --",
  '=HYPERLINK("x")',
  '\t',
  '\u0000',
  '\u0001',
  '\u2028',
  '\uFEFF',
  '\uFFFD',
  'a\u0000b',
  ' a',
  'a ',
  'ü',
  '日本語',
  '👩‍👩‍👧',
  'é'.repeat(64),
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(4_097),
  'x'.repeat(LONG),
  ','.repeat(200),
  '{"a":1}',
  '../../etc/passwd',
  'view',
  'VIEW',
  'transaction',
];

/** A text that somebody may put where a number, a name or an id belongs. */
export function hostileText(random: Random): string {
  if (random.chance(0.8)) return random.pick(TEXTS);
  const codes = Array.from({ length: random.whole(1, 40) }, () => random.whole(0, 0xffff));
  return String.fromCharCode(...codes);
}
