import type { EventInput } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import type { GeneratedShop } from '../generate/shop.ts';
import { formatCount } from './format.ts';
import type { Report } from './steps.ts';

const BATCH = 20_000;

export interface ImportedEvents {
  readonly inserted: number;
  readonly duplicates: number;
}

/** Stores what a generated shop sells. */
export async function storeCatalogue(
  database: Database,
  shop: GeneratedShop,
): Promise<{ items: number; categories: number }> {
  await database.items.upsertCategories(shop.categories);
  let items = 0;
  for (const batch of inBatches(shop.items(), BATCH)) {
    await database.items.upsertItems(batch);
    items += batch.length;
  }
  return { items, categories: shop.categories.length };
}

/** Stores the events of a generated shop. */
export async function storeEvents(
  database: Database,
  shop: GeneratedShop,
  report: Report,
): Promise<ImportedEvents> {
  let inserted = 0;
  let duplicates = 0;
  for (const batch of inBatches<EventInput>(shop.events(), BATCH)) {
    const stored = await database.events.insert(batch);
    inserted += stored.inserted;
    duplicates += stored.duplicates;
    report(`${formatCount(inserted)} of ${formatCount(shop.plannedEvents)} events`);
  }
  return { inserted, duplicates };
}

function* inBatches<T>(values: Iterable<T>, size: number): Iterable<T[]> {
  let batch: T[] = [];
  for (const value of values) {
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
