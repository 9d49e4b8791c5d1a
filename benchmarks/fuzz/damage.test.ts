import { expect, it } from '@jest/globals';
import { DAMAGES, damaged } from './damage.ts';
import { Random } from './random.ts';

const BYTES = Uint8Array.from({ length: 300 }, (_, k) => (k * 7) % 256);

it.each(DAMAGES)(
  '%s changes the bytes, the same way for the same seed, and not those that were given',
  (damage) => {
    const given = BYTES.slice();
    const [one, other] = [new Random(5), new Random(5)];
    for (let round = 0; round < 50; round++) {
      const changed = damaged(given, damage, one);
      expect(Buffer.compare(changed, BYTES)).not.toBe(0);
      expect(damaged(given, damage, other)).toEqual(changed);
    }
    expect(given).toEqual(BYTES);
  },
);

it.each(DAMAGES)('%s leaves a Buffer as it is, whose slices share its memory', (damage) => {
  const given = Buffer.from(BYTES);
  const random = new Random(9);
  for (let round = 0; round < 20; round++) damaged(given, damage, random);
  expect(new Uint8Array(given)).toEqual(BYTES);
});

it('cuts, grows and keeps the length as the names say', () => {
  const random = new Random(1);
  const length = (damage: (typeof DAMAGES)[number]) => damaged(BYTES, damage, random).length;
  expect(length('cut')).toBeLessThan(BYTES.length);
  expect(length('grown')).toBeGreaterThan(BYTES.length);
  expect(length('doubled')).toBeGreaterThan(BYTES.length);
  expect([length('bits'), length('bytes'), length('zeroed'), length('moved')]).toEqual(Array(4).fill(300));
});
