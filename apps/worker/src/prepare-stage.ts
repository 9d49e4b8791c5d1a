import {
  type DataConfig,
  type Funnel,
  type FunnelCounts,
  isSommelierError,
  SommelierError,
} from '@sommelier/contracts';
import {
  decodeSnapshot,
  type EventColumns,
  EventColumnsBuilder,
  encodeSnapshot,
  type Interactions,
  prepare,
  sha256Hex,
  windowOf,
} from '@sommelier/ncf';
import { type ArtifactStore, type EventStore, snapshotKey } from '@sommelier/platform';
import type { Prepared, ThreadMessage } from './thread-messages.ts';

const EVENTS_BETWEEN_REPORTS = 100_000;

export type Report = (message: ThreadMessage) => void;

export interface PreparedData extends Prepared {
  readonly interactions: Interactions;
  /** Time of the newest event that was read (Unix ms). */
  readonly trainedUntilMs: number;
}

export interface PrepareParts {
  readonly events: EventStore;
  readonly artifacts: ArtifactStore;
  readonly nowMs: number;
  readonly report: Report;
}

/**
 * The interactions to train on: from the snapshot of an earlier attempt, else from the events of the database, which
 * are then written as a snapshot for later attempts.
 * @throws SommelierError `no-events`, `all-filtered`, `database-unavailable`, `artifact-store`
 */
export async function prepareStage(
  parts: PrepareParts,
  config: DataConfig,
  earlier: Prepared | undefined,
): Promise<PreparedData> {
  const fromSnapshot = earlier && (await readSnapshot(parts, earlier));
  if (fromSnapshot !== undefined) return fromSnapshot;
  const fresh = await prepareEvents(parts, config);
  const bytes = encodeSnapshot(fresh.interactions, { trainedUntilMs: fresh.trainedUntilMs });
  const snapshotSha256 = sha256Hex(bytes);
  // Said before it is written: whoever ends this thread in the middle knows what to take away.
  parts.report({ type: 'prepared', prepared: { snapshotSha256, funnel: fresh.funnel } });
  await parts.artifacts.put(snapshotKey(snapshotSha256), bytes);
  return { ...fresh, snapshotSha256 };
}

/** Undefined when the snapshot is not there any more: then the events are read again. */
async function readSnapshot(parts: PrepareParts, earlier: Prepared): Promise<PreparedData | undefined> {
  const { artifacts, report } = parts;
  report({ type: 'step', step: 'read', message: 'Reading the snapshot of an earlier attempt' });
  try {
    const bytes = await artifacts.get(snapshotKey(earlier.snapshotSha256));
    if (sha256Hex(bytes) !== earlier.snapshotSha256) {
      throw new SommelierError('model-file-invalid', 'the bytes do not have the hash of their name');
    }
    return { ...earlier, ...decodeSnapshot(bytes) };
  } catch (error) {
    if (!isSommelierError(error) || !['artifact-not-found', 'model-file-invalid'].includes(error.code))
      throw error;
    report({
      type: 'log',
      line: `The snapshot cannot be used, so the events are read again: ${error.message}`,
    });
    return undefined;
  }
}

async function prepareEvents(
  parts: PrepareParts,
  config: DataConfig,
): Promise<{ interactions: Interactions; funnel: Funnel; trainedUntilMs: number }> {
  const { events, nowMs, report } = parts;
  report({ type: 'step', step: 'read', message: 'Reading events' });
  const newestMs = await events.newestTimestampMs(nowMs + config.futureToleranceMs);
  if (newestMs === undefined) {
    throw new SommelierError(
      'no-events',
      'There are no events to train on: import some, or post them to /v1/events.',
    );
  }
  const storedEvents = await events.count();
  const { asOfMs, fromMs } = windowOf(newestMs, config.windowDays);
  const builder = new EventColumnsBuilder();
  let read = 0;
  let reported = 0;
  // Without a window every time counts, 0 included.
  for await (const page of events.readPages({ afterMs: fromMs ?? -1, untilMs: asOfMs })) {
    builder.append(page);
    read += page.timestampsMs.length;
    if (read - reported >= EVENTS_BETWEEN_REPORTS || reported === 0) {
      reported = read;
      report({ type: 'reading', events: read, totalEvents: storedEvents });
    }
  }
  report({ type: 'step', step: 'prepare', message: `Preparing ${read.toLocaleString('en')} events` });
  const columns = builder.build();
  // What was read says all about the database when everything was read.
  const stored = read === storedEvents ? sizeOf(columns) : await events.totals();
  return prepare(columns, config, { asOfMs, fromMs, stored });
}

function sizeOf({ userIds, itemIds, count }: EventColumns): FunnelCounts {
  return { users: userIds.length, items: itemIds.length, events: count };
}
