import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { DataError } from '../report/data-error.ts';
import { hardware } from '../report/hardware.ts';
import type { RoundsOptions } from './options.ts';
import type { RoundRecord } from './record.ts';
import { DATABASE_DOWN_MS, MODEL_POLL_MS, REPLICAS, WORKERS } from './settings.ts';
import { summaryOf } from './summary.ts';

/** What has to be the same for rounds to belong together. */
function settingsOf({ seed, kinds, lockMs }: RoundsOptions) {
  return {
    seed,
    kinds,
    lockMs,
    modelPollMs: MODEL_POLL_MS,
    databaseDownMs: DATABASE_DOWN_MS,
    replicas: REPLICAS,
    workers: WORKERS,
  };
}

/** What the JSON file holds. */
export function reportOf(
  options: RoundsOptions,
  records: readonly RoundRecord[],
  versions: Readonly<Record<string, string>>,
) {
  return {
    benchmark: 'chaos',
    settings: settingsOf(options),
    rounds: records.length,
    violations: records.reduce((sum, { violations }) => sum + violations.length, 0),
    reads: records.reduce((sum, { reads }) => sum + reads, 0),
    writes: records.reduce((sum, { writes }) => sum + writes, 0),
    faults: summaryOf(records),
    records,
    versions,
    hardware: hardware(),
  };
}

/**
 * The rounds that a file has; none when there is no file.
 * @throws DataError when they were played with other settings, or the file is another one's
 */
export async function recordsIn(options: RoundsOptions): Promise<RoundRecord[]> {
  const text = await readFile(options.json, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const report = readReport(text, options.json);
  if (!isDeepStrictEqual(report.settings, JSON.parse(JSON.stringify(settingsOf(options)))))
    throw new DataError(`${options.json} has rounds of other settings: ${JSON.stringify(report.settings)}`);
  return report.records;
}

function readReport(text: string, path: string): { settings: unknown; records: RoundRecord[] } {
  try {
    const report = JSON.parse(text) as { benchmark?: unknown; settings: unknown; records: RoundRecord[] };
    if (report.benchmark === 'chaos' && Array.isArray(report.records)) return report;
  } catch {
    // Said below.
  }
  throw new DataError(`${path} is no file of this command`);
}
