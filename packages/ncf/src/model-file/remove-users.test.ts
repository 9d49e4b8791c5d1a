import { describe, expect, test } from '@jest/globals';
import { buildItemToItem } from '../item-to-item/build-item-to-item.ts';
import { createScorer } from '../ranking/scorer.ts';
import { topNForUser } from '../ranking/top-n.ts';
import { type Model, modelFrom } from './model.ts';
import { encodeModelFile } from './model-codec.ts';
import { makeProbes } from './probes.ts';
import { removeUsers } from './remove-users.ts';
import { randomInteractions, randomParameters } from './testing/random-model.ts';
import { describeModelFile, verifyModelFile } from './verify-model.ts';

const USERS = 40;
const ITEMS = 60;
const SHAPE = { userCount: USERS, itemCount: ITEMS, factors: 4, layers: [8, 4] };
/** What only the erased user has: an id, and two items one after the other. */
const PLANTED = 'u-planted-Ü';
const ERASED = 17;

function plantedModel(): Model {
  const drawn = randomInteractions(USERS, ITEMS - 2, 5);
  drawn.items.set([ITEMS - 2, ITEMS - 1], drawn.offsets[ERASED]);
  const interactions = {
    ...drawn,
    itemIds: [...drawn.itemIds, 'i9999990', 'i9999991'],
    userIds: drawn.userIds.map((id, user) => (user === ERASED ? id + PLANTED : id)),
  };
  const { offsets, items } = interactions;
  return modelFrom(interactions, randomParameters(SHAPE), {
    itemToItem: buildItemToItem({ offsets, items, itemCount: ITEMS }),
  });
}

const manifestOf = (model: Model, file: Uint8Array) => ({
  file: describeModelFile(file),
  components: ['item_to_item'],
  counts: {
    users: model.userIds.count,
    items: model.itemIds.count,
    interactions: model.history.items.length,
  },
  config: { model: { factors: 4, layers: [8, 4] } },
  probes: makeProbes(model),
});

describe('removeUsers', () => {
  const model = plantedModel();
  const erasedRow = model.parameters.userGmf.slice(ERASED * 4, (ERASED + 1) * 4);
  const without = removeUsers(model, (user) => user === ERASED)!;
  const file = Buffer.from(encodeModelFile(without));

  test('leaves a file that every check passes, without id, row, history or popularity of the user', () => {
    expect(Buffer.from(encodeModelFile(model)).includes(PLANTED)).toBe(true);
    const read = verifyModelFile(file, manifestOf(without, file) as never).model;
    expect(read.userIds.count).toBe(USERS - 1);
    expect(read.history.items.length).toBe(model.history.items.length - 5);
    expect(file.includes(PLANTED)).toBe(false);
    expect(file.includes(Buffer.from(erasedRow.buffer, erasedRow.byteOffset, erasedRow.byteLength))).toBe(
      false,
    );
    // Nobody else has seen these two, so nothing says any more that they were seen together.
    expect([...read.itemPopularity.subarray(ITEMS - 2)]).toEqual([0, 0]);
    const { offsets, items } = read.itemToItem!;
    expect(offsets[ITEMS]! - offsets[ITEMS - 2]!).toBe(0);
    expect([...items].filter((item) => item >= ITEMS - 2)).toEqual([]);
  });

  test("the others' lists have the same bits", () => {
    const [before, after] = [createScorer(model.parameters), createScorer(without.parameters)];
    for (let user = 0; user < USERS; user++) {
      if (user === ERASED) continue;
      const id = model.userIds.idAt(user);
      const place = without.userIds.indexOf(id);
      expect(place).toBe(user < ERASED ? user : user - 1);
      expect(topNForUser(after, place, 10)).toEqual(topNForUser(before, user, 10));
    }
  });

  test('without anybody to remove the bytes are the same, item-to-item weights and all', () => {
    const same = removeUsers(model, () => false)!;
    expect(Buffer.compare(encodeModelFile(same), encodeModelFile(model))).toBe(0);
  });

  test('of several users, the first and the last too, the order of removal does not matter', () => {
    const gone = [0, 5, ERASED, USERS - 1];
    const atOnce = removeUsers(model, (user) => gone.includes(user))!;
    const first = removeUsers(model, (user) => user === 5 || user === USERS - 1)!;
    const ids = gone.map((user) => model.userIds.idAt(user));
    const then = removeUsers(first, (user) => ids.includes(first.userIds.idAt(user)))!;
    expect(Buffer.compare(encodeModelFile(then), encodeModelFile(atOnce))).toBe(0);
    expect(atOnce.userIds.count).toBe(USERS - 4);
  });

  test('leaves no model without users', () => {
    expect(removeUsers(model, () => true)).toBeUndefined();
  });

  test('a model without item-to-item weights gets none', () => {
    const { itemToItem: _, ...plain } = model;
    expect(removeUsers(plain, (user) => user === 3)?.itemToItem).toBeUndefined();
  });
});
