import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Item, ListRecommendations, Problem } from '@sommelier/contracts';
import { onMysql } from '../support/databases.ts';
import { expectExact } from '../support/expect-exact.ts';
import { eventually } from '../support/processes.ts';
import { bruteForceTop, historyOf, randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';

jest.setTimeout(90_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
const ITEMS = 301;
const USER = 'u00004';

/** `wine` has `red` below it, and that `port`; `beer` is beside it; the last ten items are in no table. */
const CATEGORIES = [
  { categoryId: 'wine', parentId: null },
  { categoryId: 'red', parentId: 'wine' },
  { categoryId: 'port', parentId: 'red' },
  { categoryId: 'beer', parentId: null },
  // Below each other.
  { categoryId: 'yin', parentId: 'yang' },
  { categoryId: 'yang', parentId: 'yin' },
];
const NAMES = ['wine', 'red', 'port', 'beer', 'yin', null];

function itemAt(index: number): Item {
  return {
    itemId: `i${String(index).padStart(5, '0')}`,
    categoryId: NAMES[index % NAMES.length]!,
    available: index % 4 !== 0,
    price: index % 5 === 0 ? null : index / 2,
    properties: {
      grape: index % 2 === 0 ? 'Riesling' : 'Pinot noir',
      ...(index % 3 === 0 && { vintage: index }),
    },
    updatedAtMs: 1,
  };
}

const items = Array.from({ length: ITEMS }, (_, index) => itemAt(index));
const stored = items.slice(0, ITEMS - 10);
const model = randomModel(31);

/** Ids of what may not be in an answer: what has no row, or does not meet the condition. */
function without(meets: (item: Item, index: number) => boolean): Set<string> {
  const out = items.filter((item, index) => index >= stored.length || !meets(item, index));
  return new Set(out.map(({ itemId }) => itemId));
}

describe.each(['sqlite', 'mysql'] as const)('filters of a replica on %s', (provider) => {
  let shop: Installation;
  let replica: Replica;

  beforeAll(async () => {
    shop = await createInstallation(provider, REDIS_URL);
    await shop.database.items.upsertItems(stored);
    await shop.database.items.upsertCategories(CATEGORIES);
    const { generation } = await shop.publish(model);
    replica = await shop.startReplica();
    await replica.serves(generation);
    await loaded(replica);
  });
  afterAll(async () => {
    await shop?.close();
  });

  it.each<[string, (item: Item, index: number) => boolean]>([
    ['category=wine', ({ categoryId }) => ['wine', 'red', 'port'].includes(categoryId ?? '')],
    ['category=port,beer', ({ categoryId }) => ['port', 'beer'].includes(categoryId ?? '')],
    ['category=yang', ({ categoryId }) => categoryId === 'yin'],
    ['category=nothing', () => false],
    ['inStock=true', ({ available }) => available],
    ['minPrice=20&maxPrice=30.5', ({ price }) => price !== null && price >= 20 && price <= 30.5],
    ['filter=grape+%3D+"Riesling"', ({ properties }) => properties.grape === 'Riesling'],
    [
      'filter=not+exists(vintage)+and+price+>+40',
      ({ price }, k) => k % 3 !== 0 && price !== null && price > 40,
    ],
    [
      'category=red&inStock=true&maxPrice=60&filter=vintage>=0',
      ({ categoryId, available, price, properties }) =>
        (categoryId === 'red' || categoryId === 'port') &&
        available &&
        price !== null &&
        price <= 60 &&
        properties.vintage !== undefined,
    ],
    ['include=i00001,i00008,unknown,i00290', (_, index) => [1, 8, 290].includes(index)],
    ['include=i00001,i00008,i00004&inStock=true', (_, index) => index === 1],
  ])('%s: exactly the best of the items that meet it', async (query, meets) => {
    const excluded = without(meets);
    const everything = await replica.recommendations(USER, `?n=100&excludeSeen=false&${query}`);
    expect(everything.body.items).toHaveLength(Math.min(100, ITEMS - excluded.size));
    expectExact(everything.body, model, USER, 100, excluded);
    const unseen = await replica.recommendations(USER, `?n=7&${query}`);
    expectExact(unseen.body, model, USER, 7, new Set([...excluded, ...historyOf(model, USER)]));
    // The same by what is popular, for somebody of whom nothing is known.
    const popular = await replica.recommendations('nobody', `?n=100&${query}`);
    expect(popular.body.strategy).toBe('popular');
    expect(popular.body.items.map(({ itemId }) => itemId)).toEqual(mostPopular(excluded, 100));
  });

  it('recommends items that are in no table where nothing but a list is asked of them', async () => {
    const last = `i${String(ITEMS - 1).padStart(5, '0')}`;
    const named = await replica.recommendations(USER, `?excludeSeen=false&include=${last}`);
    expect(named.body.items.map(({ itemId }) => itemId)).toEqual([last]);
    const filtered = await replica.recommendations(USER, `?excludeSeen=false&include=${last}&filter=not+a=1`);
    expect(filtered.body.items).toEqual([]);
  });

  it('gives at most so many items of a category, as many as the walk over the ranking finds', async () => {
    const counts = new Map<string, number>();
    const expected = bruteForceTop(model, USER, ITEMS, historyOf(model, USER)).filter(({ itemId }) => {
      const category = stored.find((item) => item.itemId === itemId)?.categoryId ?? null;
      if (category === null) return true;
      counts.set(category, (counts.get(category) ?? 0) + 1);
      return counts.get(category)! <= 2;
    });
    const { body } = await replica.recommendations(USER, '?n=100&maxPerCategory=2');
    expect(body.items.map(({ itemId }) => itemId)).toEqual(
      expected.slice(0, 100).map(({ itemId }) => itemId),
    );
    const few = await replica.recommendations(USER, '?n=100&maxPerCategory=1&filter=exists(category)');
    expect(few.body.items).toHaveLength(5);
  });

  it('takes the same in a body, and in the original address', async () => {
    const query = {
      category: ['wine'],
      inStock: true,
      minPrice: 3,
      filter: 'grape = "Riesling"',
      maxPerCategory: 4,
    };
    const answer = await replica.get<ListRecommendations>('/v1/recommendations', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ items: ['i00003'], n: 50, ...query }),
    });
    const found = answer.body.items.map(({ itemId }) => items[Number(itemId.slice(1))]!);
    expect(answer.body.strategy).toBe('folded-in');
    expect(found).toHaveLength(8);
    for (const { categoryId, available, price, properties } of found) {
      expect(['wine', 'port']).toContain(categoryId);
      expect([available, price! >= 3, properties.grape]).toEqual([true, true, 'Riesling']);
    }
    const original = await replica.get<ListRecommendations>(
      `/topN=9for_user=${USER}?category=wine&inStock=true`,
    );
    const today = await replica.recommendations(USER, '?n=9&category=wine&inStock=true');
    expect(original.body).toEqual(today.body);
  });

  it.each([
    ['filter=grape+==+1', 'filter'],
    ['minPrice=2&maxPrice=1', 'minPrice'],
    ['maxPerCategory=0', 'maxPerCategory'],
    ['include=', 'include'],
  ])('refuses %s and names %s, also in a body', async (query, path) => {
    const answer = await replica.get<Problem>(`/v1/users/${USER}/recommendations?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [{ path }] } });
    const values = { filter: 'grape == 1', minPrice: 2, maxPrice: 1, maxPerCategory: 0, include: [] };
    const names = [...new URLSearchParams(query).keys()] as (keyof typeof values)[];
    const body = Object.fromEntries(names.map((name) => [name, values[name]]));
    const posted = await replica.get<Problem>('/v1/recommendations', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ items: ['i00003'], ...body }),
    });
    expect(posted).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [{ path }] } });
  });
});

describe('a replica without its items', () => {
  let shop: Installation;

  beforeAll(async () => {
    shop = await createInstallation('mysql', REDIS_URL);
  });
  afterAll(async () => {
    await shop?.close();
  });

  it('answers what needs none of them, and says that the rest has to wait', async () => {
    await shop.database.items.upsertItems(stored);
    const { generation } = await shop.publish(model);
    await breakProperties(shop, 'not json');
    const replica = await shop.startReplica();
    await replica.serves(generation);
    await eventually('the load fails', async () => (await readiness(replica)).lastError !== null);
    const plain = await replica.recommendations(
      USER,
      '?inStock=false&include=i00001,i00002&excludeSeen=false',
    );
    expect(plain.body.items).toHaveLength(2);
    for (const query of ['inStock=true', 'maxPerCategory=1', 'filter=a=1']) {
      const answer = await replica.get<Problem>(`/v1/users/${USER}/recommendations?${query}`);
      expect(answer).toMatchObject({ status: 503, body: { code: 'catalogue-unavailable' } });
      expect(answer.headers.get('Retry-After')).toBe('2');
    }
    await breakProperties(shop, null);
    await loaded(replica);
    expect((await replica.recommendations(USER, '?inStock=true')).body.items).toHaveLength(10);
  });
});

/** Writes properties that no item can be read with; null mends them. */
async function breakProperties({ environment }: Installation, text: string | null): Promise<void> {
  await onMysql(environment.DATABASE_URL!, "UPDATE Item SET properties = ? WHERE id = 'i00007'", [text]);
}

interface CatalogueReadiness {
  readonly loaded: boolean;
  readonly items: number;
  readonly lastError: { readonly code: string } | null;
}

async function readiness(replica: Replica): Promise<CatalogueReadiness> {
  return (await replica.get<{ catalogue: CatalogueReadiness }>('/readyz')).body.catalogue;
}

async function loaded(replica: Replica): Promise<void> {
  await eventually(
    'the items are loaded',
    async () => {
      const { loaded: isLoaded, items: count, lastError } = await readiness(replica);
      return isLoaded && count === stored.length && lastError === null;
    },
    { timeoutMs: 20_000 },
  );
}

function mostPopular(excluded: ReadonlySet<string>, n: number): string[] {
  return Array.from(model.itemPopularity, (score, item) => ({ itemId: model.itemIds.idAt(item), score }))
    .filter(({ itemId }) => !excluded.has(itemId))
    .sort((a, b) => b.score - a.score || (a.itemId < b.itemId ? -1 : 1))
    .slice(0, n)
    .map(({ itemId }) => itemId);
}
