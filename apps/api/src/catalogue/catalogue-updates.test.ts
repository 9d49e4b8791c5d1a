import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SommelierError } from '@sommelier/contracts';
import { createLogger } from '@sommelier/platform';
import { CatalogueUpdates } from './catalogue-updates.ts';

interface Call {
  readonly name: string;
  readonly end: (error?: Error) => void;
}

/** A catalogue whose reads end when the test says so. */
function heldCatalogue() {
  const calls: Call[] = [];
  const catalogue = { isLoaded: true, isWorn: false, itemCount: 7, revision: 1 };
  const held = (name: string) =>
    new Promise<void>((resolve, reject) => {
      calls.push({ name, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  const reads = {
    reloadAll: () => held('all'),
    reloadCategories: () => held('categories'),
    refresh: async (ids: readonly string[]) => (ids.length === 0 ? undefined : held(ids.join())),
  };
  return { calls, catalogue: Object.assign(catalogue, reads) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const updatesOf: CatalogueUpdates[] = [];

function updates(catalogue: ReturnType<typeof heldCatalogue>['catalogue']): CatalogueUpdates {
  const made = new CatalogueUpdates({
    catalogue,
    logger: createLogger('test', 'silent'),
    now: () => 123,
    retryDelayMs: 1,
  });
  updatesOf.push(made);
  return made;
}

afterEach(async () => {
  for (const one of updatesOf.splice(0)) await one.close();
  jest.restoreAllMocks();
});

describe('CatalogueUpdates', () => {
  it('reads what changes meanwhile afterwards, at once', async () => {
    const { catalogue, calls } = heldCatalogue();
    const made = updates(catalogue);
    made.itemsChanged(['a']);
    made.itemsChanged(['b']);
    made.categoriesChanged();
    made.itemsChanged(['c', 'b']);
    expect(calls.map(({ name }) => name)).toEqual(['a']);
    calls[0]!.end();
    await turn();
    calls[1]!.end();
    await turn();
    expect(calls.map(({ name }) => name)).toEqual(['a', 'categories', 'b,c']);
    calls[2]!.end();
    await made.settled();
  });

  it('tries what fails again, with what came meanwhile, and shows why until it succeeds', async () => {
    const { catalogue, calls } = heldCatalogue();
    const made = updates(catalogue);
    made.itemsChanged(['a']);
    calls[0]!.end(new SommelierError('database-unavailable', 'away'));
    made.itemsChanged(['b']);
    while (calls.length < 2) await turn();
    expect(made.status()).toMatchObject({
      loaded: true,
      items: 7,
      revision: 1,
      lastError: { code: 'database-unavailable', atMs: 123, failures: 1 },
    });
    expect(calls.map(({ name }) => name.split(',').sort().join())).toEqual(['a', 'a,b']);
    calls[1]!.end();
    await made.settled();
    expect(made.status().lastError).toBeNull();
  });

  it('loads everything first, and instead of single items when it is asked to or worn', async () => {
    const { catalogue, calls } = heldCatalogue();
    const made = updates(catalogue);
    catalogue.isLoaded = false;
    made.itemsChanged(['a']);
    calls[0]!.end(new Error('not yet'));
    while (calls.length < 2) await turn();
    catalogue.isLoaded = true;
    catalogue.isWorn = true;
    calls[1]!.end();
    await made.settled();
    made.itemsChanged(['b']);
    calls.at(-1)!.end();
    await made.settled();
    catalogue.isWorn = false;
    made.itemsChanged('all');
    calls.at(-1)!.end();
    await made.settled();
    made.itemsChanged(Array.from({ length: 50_001 }, (_, k) => `i${k}`));
    calls.at(-1)!.end();
    await made.settled();
    expect(calls.map(({ name }) => name)).toEqual(['all', 'all', 'all', 'all', 'all']);
  });

  it('gives up what waits when it is closed', async () => {
    const { catalogue, calls } = heldCatalogue();
    const made = updates(catalogue);
    made.itemsChanged(['a']);
    const closed = made.close();
    calls[0]!.end(new Error('away'));
    await closed;
    made.itemsChanged(['b']);
    await turn();
    expect(calls).toHaveLength(1);
  });
});
