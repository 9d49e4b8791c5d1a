import type { Random } from './random.ts';

const LONG = 10_000;

/** Texts that break programs: nothing, types in disguise, bounds, Unicode, injections, names of every object. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  ' a',
  'a\n',
  '\t',
  '\0',
  'a\0b',
  'NaN',
  'Infinity',
  '-Infinity',
  'null',
  'undefined',
  'true',
  'TRUE',
  '0',
  '-0',
  '-1',
  '+1',
  '1.5',
  '1e3',
  '1e999',
  '0x10',
  '0b1',
  '٣',
  '2147483648',
  '9007199254740993',
  '99999999999999999999999999',
  '1_000',
  '1,2',
  ',,,',
  '[]',
  '{}',
  '[object Object]',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'u00001\u0301',
  '\u202Eabc',
  '\uFEFF',
  '\uFFFF',
  '\uD800',
  'a\uDFFF',
  '👩‍👩‍👧‍👦',
  'ﬁİıẞ',
  '\u{10FFFF}',
  "' OR '1'='1",
  '"; DROP TABLE Event; --',
  '$ne',
  '{{7*7}}',
  '$\u007b7*7}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '..\\..\\x',
  '%00',
  '%',
  '%zz',
  '%C3%28',
  '\\u0000',
  '`id`',
  'x'.repeat(65),
  'x'.repeat(129),
  '😀'.repeat(64),
  '😀'.repeat(65),
  'x'.repeat(LONG),
  'é'.repeat(LONG / 2),
  '1'.repeat(LONG),
  '(((('.repeat(500),
  'a='.repeat(900),
  'a,'.repeat(1_000),
  'a,'.repeat(1_001),
];

/** Names that mean something to JavaScript. */
export const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
];

export function hostileText(random: Random): string {
  if (random.chance(0.2)) return noise(random, random.whole(1, 40));
  return random.pick(TEXTS);
}

/** Any UTF-16 code units, lone surrogates included. */
function noise(random: Random, length: number): string {
  const most = random.pick([0x7f, 0xff, 0xffff]);
  return String.fromCharCode(...Array.from({ length }, () => random.whole(0, most)));
}

/** A JSON value of a type that was probably not meant. */
export function hostileValue(random: Random): unknown {
  return random.pick<() => unknown>([
    () => hostileText(random),
    () => null,
    () => true,
    () => random.pick([0, -1, 1.5, 1e21, -1e308, 2 ** 53, 4_294_967_296, 1e-320]),
    () => [],
    () => ({}),
    () => [hostileText(random)],
    () => ({ [hostileText(random)]: hostileText(random) }),
    () => ({ [random.pick(PROTOTYPE_NAMES)]: { polluted: true } }),
    () => Array.from({ length: random.pick([1_001, 5_000]) }, (_, k) => String(k)),
  ])();
}

/** The same value with one of its parts, somewhere inside, replaced, removed or joined by another. */
export function damaged(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return hostileValue(random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return [...value, hostileValue(random)];
    const place = random.whole(0, value.length - 1);
    return value.map((part, index) => (index === place ? damaged(random, part) : part));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || random.chance(0.3)) return Object.fromEntries([...entries, extra(random)]);
  const place = random.whole(0, entries.length - 1);
  if (random.chance(0.2)) return Object.fromEntries(entries.filter((_, index) => index !== place));
  return Object.fromEntries(
    entries.map(([name, part], index) => [name, index === place ? damaged(random, part) : part]),
  );
}

function extra(random: Random): [string, unknown] {
  const name = random.chance(0.5) ? random.pick(PROTOTYPE_NAMES) : hostileText(random);
  return [name, hostileValue(random)];
}
