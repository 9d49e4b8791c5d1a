import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runNode } from './child-process.ts';
import { loadWithoutEventIndexes } from './event-indexes.ts';
import { mainOf } from './repository.ts';

/** Of the shop that `sommelier generate` makes by default. */
const EVENTS_A_VISITOR = 9.307;
const MILLION = 1_000_000;

/** How the shops grow, for the report. */
export const SHOP_GROWTH =
  'sommelier generate --visitors N, its default shop of 60 days, seed 42: about 9.3 events a visitor at every size, ' +
  'and 0.296 items of the catalogue for each visitor, so that users and items grow in proportion to the events';

/** Visitors of the shop with about so many million events. */
export function visitorsOf(size: number): number {
  return Math.round((size * MILLION) / EVENTS_A_VISITOR);
}

/**
 * An SQLite database with about so many million events, made by the commands `generate`, `migrate` and `import`, the
 * last of them without the indexes of the events; one that is in the folder already is used as it is. Returns its address. What is not complete goes under another name.
 */
export async function shopDatabase(
  folder: string,
  size: number,
  onStep: (what: string) => void,
): Promise<string> {
  const place = join(folder, `${size}-million`);
  const path = join(place, 'sommelier.db');
  if (existsSync(place)) return path;
  const unfinished = `${place}.partial`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const shop = join(unfinished, 'shop');
  const database = join(unfinished, 'sommelier.db');
  const env = { DATABASE_URL: `file:${database}` };
  const visitors = visitorsOf(size);
  onStep(`generating ${visitors.toLocaleString('en')} visitors`);
  await runNode([mainOf('cli'), 'generate', shop, '--visitors', String(visitors)], env);
  onStep('importing their events');
  await runNode([mainOf('cli'), 'migrate'], env);
  await loadWithoutEventIndexes(database, () =>
    runNode([mainOf('cli'), 'import', 'events', join(shop, 'events.csv')], env),
  );
  await rm(shop, { recursive: true });
  await rename(unfinished, place);
  return path;
}
