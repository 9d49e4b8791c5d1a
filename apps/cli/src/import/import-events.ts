import type { EventInput } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import { type ImportOptions, type ImportSummary, importRows } from './import-rows.ts';

/**
 * Stores all events of a source that are not stored yet.
 * @throws SommelierError `import-file`, `import-source`, `database-unavailable`
 */
export function importEvents(
  options: ImportOptions<EventInput> & { database: Database },
): Promise<ImportSummary> {
  return importRows(options, (events) => options.database.events.insert(events));
}
