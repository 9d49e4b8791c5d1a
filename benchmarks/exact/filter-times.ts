import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Item, ItemFilter } from '@sommelier/contracts';
import { type IdTable, idTableFrom } from '@sommelier/ncf';
import { REPOSITORY } from '../growth/repository.ts';
import { itemIdOf } from '../serve/shop.ts';
import { spreadOf } from '../train/statistics.ts';
import { madeUpCategories, madeUpItem } from './made-up-items.ts';

/** RetailRocket's items, and how many of them a model of its events has. */
const TABLE_ITEMS = 417_053;
const MODEL_ITEMS = 235_061;
const PROPERTIES = 8;
const ITEMS_A_PAGE = 5_000;
const CHANGED_ITEMS = 1_000;
const ROUNDS = 15;
const KEPT_CALLS = 1_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What the API's catalogue has that is timed here. */
interface Catalogue {
  reloadAll(): Promise<void>;
  bind(itemIds: IdTable): Promise<void>;
  refresh(itemIds: readonly string[]): Promise<void>;
  eligible(itemIds: IdTable, filter: ItemFilter): Uint8Array | undefined;
}

const FILTERS: Record<string, (round: number) => ItemFilter> = {
  category: (round) => ({ category: [`top${round % 5}`, `low${round}`] }),
  'stock and price': (round) => ({ inStock: true, minPrice: round, maxPrice: 50 }),
  expression: (round) => ({
    filter: `colour = "red" and size > ${round} and not (code0 < ${round} or exists(nothing))`,
  }),
  'all together': (round) => ({
    ...{ category: [`top${round % 5}`], inStock: true, maxPrice: 99 - round },
    filter: `colour != "red" or size > ${round}`,
  }),
  include: (round) => ({
    include: Array.from({ length: 1_000 }, (_, k) => itemIdOf((k * 211 + round) % TABLE_ITEMS)),
    inStock: true,
  }),
};

/** Times of the API's catalogue as it was built, over a large table that is made up; CPU milliseconds. */
export async function timeFilters(seed: number) {
  const catalogue = await builtCatalogue(seed);
  const itemIds = idTableFrom(Array.from({ length: MODEL_ITEMS }, (_, index) => itemIdOf(index)));
  const heapBefore = memoryBytes();
  const load = await timed(() => catalogue.reloadAll());
  const loadedBytes = memoryBytes() - heapBefore;
  const bind = await timed(() => catalogue.bind(itemIds));
  const filters = Object.entries(FILTERS).map(([name, filterOf]) => {
    const fresh = Array.from({ length: ROUNDS }, (_, round) => {
      const filter = filterOf(round);
      return timedSync(() => catalogue.eligible(itemIds, filter));
    });
    const kept = filterOf(ROUNDS - 1);
    const again = timedSync(() => {
      for (let call = 0; call < KEPT_CALLS; call++) catalogue.eligible(itemIds, kept);
    });
    // The first one makes the columns of the properties that it names.
    return { name, first: fresh[0]!, fresh: spreadOf(fresh.slice(1)), again: again / KEPT_CALLS };
  });
  const changed = Array.from({ length: CHANGED_ITEMS }, (_, k) => itemIdOf(k * 200));
  const refresh = await timed(() => catalogue.refresh(changed));
  const masks = (Object.keys(FILTERS).length - 1) * ROUNDS;
  return {
    tableItems: TABLE_ITEMS,
    modelItems: MODEL_ITEMS,
    loadedBytes,
    load,
    bind,
    filters,
    changed: CHANGED_ITEMS,
    masks,
    refresh,
  };
}

async function builtCatalogue(seed: number): Promise<Catalogue> {
  const path = join(REPOSITORY, 'apps', 'api', 'dist', 'catalogue', 'item-catalogue.js');
  const { ItemCatalogue } = (await import(pathToFileURL(path).href)) as {
    ItemCatalogue: new (source: object) => Catalogue;
  };
  const itemAt = (index: number): Item => {
    const item = madeUpItem(index, seed);
    const codes = Array.from({ length: PROPERTIES - 2 }, (_, k) => [`code${k}`, (index * (k + 7)) % 1_000]);
    return { ...item, properties: { ...item.properties, ...Object.fromEntries(codes) } };
  };
  return new ItemCatalogue({
    async *readItemPages() {
      for (let from = 0; from < TABLE_ITEMS; from += ITEMS_A_PAGE) {
        const length = Math.min(ITEMS_A_PAGE, TABLE_ITEMS - from);
        yield Array.from({ length }, (_, k) => itemAt(from + k));
      }
    },
    readCategories: async () => madeUpCategories(),
    findItems: async (itemIds: readonly string[]) => itemIds.map((itemId) => itemAt(Number(itemId.slice(1)))),
  });
}

/** Bytes that are in use after a collection. */
function memoryBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** CPU milliseconds of the process, user and system: what else runs on the machine adds little to them. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function timedSync(work: () => unknown): number {
  const start = cpuMilliseconds();
  work();
  return cpuMilliseconds() - start;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = cpuMilliseconds();
  await work();
  return cpuMilliseconds() - start;
}
