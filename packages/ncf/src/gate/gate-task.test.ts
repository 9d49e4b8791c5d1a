import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idTableFrom } from '../model-file/id-table.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { type GateSide, gateTask, type Known, UNKNOWN } from './gate-task.ts';

type Pair = readonly [itemId: string, timeMs: number];

/** Interactions from pairs by user; ids must ascend. */
function interactionsFrom(rows: Readonly<Record<string, readonly Pair[]>>): Interactions {
  const userIds = Object.keys(rows).sort();
  const itemIds = [...new Set(Object.values(rows).flatMap((row) => row.map(([item]) => item)))].sort();
  const ordered = userIds.map((user) => [...rows[user]!].sort((a, b) => a[1] - b[1]));
  const offsets = new Uint32Array(userIds.length + 1);
  for (const [user, row] of ordered.entries()) offsets[user + 1] = offsets[user]! + row.length;
  const pairs = ordered.flat();
  return {
    userIds,
    itemIds,
    offsets,
    items: Uint32Array.from(pairs, ([item]) => itemIds.indexOf(item)),
    strengths: new Float32Array(pairs.length).fill(1),
    timestampsMs: Float64Array.from(pairs, ([, time]) => time),
  };
}

function known(rows: Readonly<Record<string, readonly string[]>>, more: readonly string[] = []): Known {
  const { userIds, itemIds, offsets, items } = interactionsFrom(
    Object.fromEntries(
      Object.entries(rows).map(([user, row]) => [user, row.map((item, k) => [item, k] as const)]),
    ),
  );
  const all = [...new Set([...itemIds, ...more])].sort();
  return {
    userIds: idTableFrom(userIds),
    itemIds: idTableFrom(all),
    history: { offsets, items: items.map((item) => all.indexOf(itemIds[item]!)) },
  };
}

/** What a side says, in ids. */
function inIds(side: GateSide, model: Known) {
  return [...side.users].map((user, place) => ({
    user: user === UNKNOWN ? null : model.userIds.idAt(user),
    positives: [...side.positives.subarray(side.offsets[place]!, side.offsets[place + 1]!)].map((item) =>
      item === UNKNOWN ? null : model.itemIds.idAt(item),
    ),
    seen: [...side.seen[place]!].map((item) => model.itemIds.idAt(item)),
  }));
}

const interactions = interactionsFrom({
  // Saw a again after the cut: nothing new. New: c, and d, which no model knows.
  ann: [
    ['a', 60],
    ['b', 10],
    ['c', 70],
    ['d', 80],
  ],
  // Known to the incumbent alone, who saw e long ago: only b is new.
  bob: [
    ['e', 90],
    ['b', 95],
  ],
  // Nobody knows her.
  cat: [
    ['a', 91],
    ['b', 92],
  ],
  // Nothing after the cut.
  dan: [['a', 50]],
});
const twin = known({ ann: ['a', 'b'], dan: ['a'] }, ['c']);
const incumbent = known({ ann: ['b', 'z'], bob: ['e'] }, ['a', 'c']);
const base = { interactions, cutMs: 50, twin, maxUsers: 100, seed: 1 };

describe('gateTask', () => {
  test('takes the pairs after the cut that are new by both histories, in the indices of each model', () => {
    const task = gateTask({ ...base, incumbent });
    expect(task).toMatchObject({ pairs: 3, users: 2, pairsOfUnknownUsers: 2 });
    expect(inIds(task.twin, twin)).toEqual([
      { user: 'ann', positives: ['c', null], seen: ['a', 'b'] },
      { user: null, positives: ['b'], seen: [] },
    ]);
    expect(inIds(task.incumbent!, incumbent)).toEqual([
      { user: 'ann', positives: ['c', null], seen: ['a', 'b', 'z'] },
      { user: 'bob', positives: ['b'], seen: ['e'] },
    ]);
  });

  test('without an incumbent, its users are unknown and its history is not seen', () => {
    const task = gateTask({ ...base, incumbent: undefined });
    expect(task).toMatchObject({ pairs: 2, users: 1, pairsOfUnknownUsers: 4, incumbent: undefined });
    expect(inIds(task.twin, twin)).toEqual([{ user: 'ann', positives: ['c', null], seen: ['a', 'b'] }]);
  });

  test('ranks at most so many users, the same for the same seed, and counts the pairs of all', () => {
    const many = Object.fromEntries(
      [...new Array(60).keys()].map((user) => {
        const id = `u${String(user).padStart(2, '0')}`;
        return [id, [['a', 1] as const, ['b', 60] as const]];
      }),
    );
    const model = known(Object.fromEntries(Object.keys(many).map((user) => [user, ['a']])), ['b']);
    const work = {
      interactions: interactionsFrom(many),
      cutMs: 50,
      twin: model,
      incumbent: undefined,
      maxUsers: 10,
    };
    const draw = (seed: number) => [...gateTask({ ...work, seed }).twin.users];
    expect(gateTask({ ...work, seed: 1 })).toMatchObject({ pairs: 60, users: 10 });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('no pair of the task was seen, and every pair of a known user after the cut was seen or is in it', () => {
    const row = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(99)), {
      selector: ([item]) => item,
      minLength: 1,
    });
    const history = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 });
    const users = <T>(value: fc.Arbitrary<T>) =>
      fc.dictionary(fc.constantFrom('u', 'v', 'w', 'x'), value, { minKeys: 1 });
    fc.assert(
      fc.property(users(row), users(history), users(history), fc.nat(99), (rows, one, two, cutMs) => {
        const models = [known(one), known(two)];
        const task = gateTask({
          interactions: interactionsFrom(rows),
          cutMs,
          twin: models[0]!,
          incumbent: models[1],
          maxUsers: 10,
          seed: 1,
        });
        const expected = Object.entries(rows)
          .filter(([user]) => user in one || user in two)
          .flatMap(([user, pairs]) => {
            const seen = [...(one[user] ?? []), ...(two[user] ?? [])];
            return pairs.filter(([item, time]) => time > cutMs && !seen.includes(item));
          });
        expect(task.pairs).toBe(expected.length);
        expect(task.twin.positives).toHaveLength(expected.length);
        for (const side of [task.twin, task.incumbent!]) {
          for (const [place, seen] of side.seen.entries()) {
            const own = side.positives.subarray(side.offsets[place]!, side.offsets[place + 1]!);
            expect(own.some((item) => seen.includes(item))).toBe(false);
          }
        }
      }),
    );
  });
});
