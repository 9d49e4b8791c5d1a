import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { itemsOfUser } from './history.ts';
import { encodeModelFile } from './model-codec.ts';
import { checkProbes, makeProbes } from './probes.ts';
import { randomModel } from './testing/random-model.ts';
import { describeModelFile, type VerifiedManifest, verifyModelFile } from './verify-model.ts';

const shape = { userCount: 23, itemCount: 31, factors: 3, layers: [4, 3, 2] };
const model = randomModel(shape);
const file = encodeModelFile(model);
const manifest: VerifiedManifest = {
  file: describeModelFile(file),
  components: [],
  counts: { users: 23, items: 31, interactions: 69 },
  config: { model: { factors: 3, layers: [4, 3, 2] } },
  probes: makeProbes(model),
};
const refused = (message: string) =>
  expect.objectContaining({ code: 'model-file-invalid', message: expect.stringContaining(message) });

/** The manifest as if the changed bytes had been published like this. */
const rehashed = (bytes: Uint8Array): VerifiedManifest => ({ ...manifest, file: describeModelFile(bytes) });

function flipped(position: number, bit: number): Uint8Array {
  const bytes = file.slice();
  bytes[position]! ^= 1 << bit;
  return bytes;
}

describe('makeProbes', () => {
  test('spreads users over the table and leaves out what they have seen', () => {
    const users = manifest.probes.map(({ userId }) => model.userIds.indexOf(userId));
    expect(users).toEqual([2, 6, 11, 16, 20]);
    for (const { userId, items } of manifest.probes) {
      expect(items).toHaveLength(10);
      const seen = itemsOfUser(model.history, model.userIds.indexOf(userId));
      for (const { itemId } of items) expect(seen).not.toContain(model.itemIds.indexOf(itemId));
    }
  });

  test('has no more than there are users', () => {
    expect(makeProbes(randomModel({ ...shape, userCount: 2 })).map(({ userId }) => userId)).toEqual([
      'u0000000',
      'u0000001',
    ]);
  });
});

describe('verifyModelFile', () => {
  test('accepts the file and gives the model and its ranker', () => {
    const { model: read, ranker } = verifyModelFile(file, manifest);
    expect(read.parameters).toEqual(model.parameters);
    expect(() => checkProbes(read, ranker, manifest.probes)).not.toThrow();
  });

  test('a part must be both in the file and in the manifest', () => {
    const itemToItem = {
      offsets: new Uint32Array(32),
      items: new Uint32Array(),
      weights: new Float32Array(),
    };
    const bytes = encodeModelFile({ ...model, itemToItem });
    const declared = { ...rehashed(bytes), components: ['item_to_item'] };
    expect(verifyModelFile(bytes, declared).model.itemToItem).toEqual(itemToItem);
    expect(() => verifyModelFile(bytes, rehashed(bytes))).toThrow(
      refused('the file has parts that the manifest does not name: item_to_item'),
    );
    expect(() => verifyModelFile(file, { ...manifest, components: ['item_to_item'] })).toThrow(
      refused('the file lacks the parts that the manifest names: item_to_item'),
    );
  });

  test('accepts the file in shared memory, without a copy', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    const { model: read } = verifyModelFile(shared, manifest);
    expect(read.parameters.itemGmf.buffer).toBe(shared.buffer);
    expect(read.userIds.idAt(22)).toBe('u0000022');
  });

  test('every truncation is refused, with and without a hash that fits', () => {
    for (let length = 0; length < file.length; length += 7) {
      const cut = file.slice(0, length);
      expect(() => verifyModelFile(cut, manifest)).toThrow(refused(`the file has ${length} bytes`));
      expect(() => verifyModelFile(cut, rehashed(cut))).toThrow(refused(''));
    }
  });

  test('any flipped bit is refused by the hash', () => {
    fc.assert(
      fc.property(fc.nat({ max: file.length - 1 }), fc.nat({ max: 7 }), (position, bit) => {
        expect(() => verifyModelFile(flipped(position, bit), manifest)).toThrow(refused('SHA-256'));
      }),
    );
  });

  test('a flipped bit under a hash that fits: refused, or a model that gives the same lists', () => {
    fc.assert(
      fc.property(fc.nat({ max: file.length - 1 }), fc.nat({ max: 7 }), (position, bit) => {
        const bytes = flipped(position, bit);
        let verified: ReturnType<typeof verifyModelFile>;
        try {
          verified = verifyModelFile(bytes, rehashed(bytes));
        } catch (error) {
          expect(error).toEqual(refused(''));
          return;
        }
        checkProbes(verified.model, verified.ranker, manifest.probes);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each<[string, Partial<VerifiedManifest>, string]>([
    ['an unknown component', { components: ['user_bias'] }, 'cannot read: user_bias'],
    ['other users', { counts: { ...manifest.counts, users: 24 } }, '23 users, the manifest says 24'],
    ['other items', { counts: { ...manifest.counts, items: 30 } }, '31 items, the manifest says 30'],
    ['other pairs', { counts: { ...manifest.counts, interactions: 1 } }, '69 interactions'],
    ['other factors', { config: { model: { factors: 4, layers: [4, 3, 2] } } }, '3 factors'],
    ['other layers', { config: { model: { factors: 3, layers: [4, 3] } } }, 'the layers [4,3,2]'],
    ['no probes', { probes: [] }, 'has 0 probes'],
    ['an unknown user', { probes: [{ userId: 'x', items: [] }] }, 'user "x": the model does not know'],
  ])('refuses a manifest with %s', (_, change, message) => {
    expect(() => verifyModelFile(file, { ...manifest, ...change })).toThrow(refused(message));
  });

  test('a file of another training is refused by its probes', () => {
    const { parameters } = randomModel(shape, 3, 9);
    const other = encodeModelFile({ ...model, parameters });
    expect(other).toHaveLength(file.length);
    expect(() => verifyModelFile(other, manifest)).toThrow(refused('SHA-256'));
    expect(() => verifyModelFile(other, rehashed(other))).toThrow(refused('the probe of user "u0000002"'));
  });
});

describe('checkProbes', () => {
  const { ranker } = verifyModelFile(file, manifest);
  const probe = manifest.probes[0]!;
  const check = (items: typeof probe.items) => () => checkProbes(model, ranker, [{ ...probe, items }]);
  const moved = (by: number) => probe.items.map(({ itemId, score }) => ({ itemId, score: score + by }));

  test('scores may differ by 1e-5, not by more', () => {
    expect(check(moved(0.9e-5))).not.toThrow();
    expect(check(moved(1e-3))).toThrow(refused('has score'));
  });

  test('the order counts where scores differ, and not where they are as good as equal', () => {
    const [first, second, ...rest] = probe.items as [(typeof probe.items)[0], ...typeof probe.items];
    expect(check([second!, first, ...rest])).toThrow(refused('belongs at rank 1'));
    expect(check([second!, ...rest])).toThrow(refused('belongs at rank 1'));

    const twins = { ...model, parameters: structuredClone(model.parameters) };
    const { itemGmf, itemMlp } = twins.parameters;
    const best = model.itemIds.indexOf(first.itemId);
    const other = model.itemIds.indexOf(second!.itemId);
    itemGmf.copyWithin(other * 3, best * 3, best * 3 + 3);
    itemMlp.copyWithin(other * 2, best * 2, best * 2 + 2);
    const [equal] = makeProbes(twins);
    const [a, b, ...others] = equal!.items;
    expect(a!.score).toBe(b!.score);
    const bytes = encodeModelFile(twins);
    const swapped = [{ ...equal!, items: [b!, a!, ...others] }];
    expect(() => verifyModelFile(bytes, { ...rehashed(bytes), probes: swapped })).not.toThrow();
  });

  test('an item that the user has seen, twice, or that does not exist is refused', () => {
    const seen = itemsOfUser(model.history, model.userIds.indexOf(probe.userId))[0]!;
    expect(check([{ itemId: model.itemIds.idAt(seen), score: 0 }])).toThrow(
      refused('must not be in the list'),
    );
    expect(check([probe.items[0]!, probe.items[0]!])).toThrow(refused('must not be in the list'));
    expect(check([{ itemId: 'none', score: 0 }])).toThrow(refused('does not know item "none"'));
    const tooMany = Array.from({ length: 31 }, () => probe.items[0]!);
    expect(check(tooMany)).toThrow(refused('only 28 can be recommended'));
  });
});
