import {
  type DataFinding,
  type FunnelCounts,
  isSommelierError,
  MAX_TIMESTAMP_MS,
  type RunConfig,
  SommelierError,
} from '@sommelier/contracts';
import {
  checkData,
  decodeSnapshot,
  type EventColumns,
  type EventWindow,
  encodeSnapshot,
  type Interactions,
  preparationFinding,
  prepare,
  sha256Hex,
  windowOf,
} from '@sommelier/ncf';
import type { GatePlan, Incumbent } from '@sommelier/ncf/training';
import { type ArtifactStore, type EventStore, snapshotKey } from '@sommelier/platform';
import type { Prepared, ThreadMessage } from '../thread/thread-messages.ts';
import { planGateStage } from './plan-gate-stage.ts';
import { readColumns } from './read-columns.ts';

export type Report = (message: ThreadMessage) => void;

export interface PreparedData extends Prepared {
  readonly interactions: Interactions;
  /** Time of the newest event that was read (Unix ms). */
  readonly trainedUntilMs: number;
  /** What the candidate will be compared on; undefined without an incumbent. */
  readonly gate: GatePlan | undefined;
}

export interface PrepareParts {
  readonly events: EventStore;
  readonly artifacts: ArtifactStore;
  readonly nowMs: number;
  readonly report: Report;
  readonly incumbent?: Incumbent | undefined;
  /** Whether the snapshot is all that counts: without it, nothing is prepared. */
  readonly isRepetition?: boolean;
}

type Fresh = Omit<PreparedData, 'snapshotSha256'>;

/**
 * The interactions to train on: from the snapshot of an earlier attempt, else from the events of the database, which
 * are then checked, and written as a snapshot for later attempts.
 * @throws SommelierError `no-events`, `all-filtered`, `database-unavailable`, `artifact-store`; for a repetition
 *   `artifact-not-found` and `model-file-invalid`
 */
export async function prepareStage(
  parts: PrepareParts,
  config: RunConfig,
  earlier: Prepared | undefined,
): Promise<PreparedData> {
  const fromSnapshot = earlier && (await readSnapshot(parts, config, earlier));
  if (fromSnapshot !== undefined) return fromSnapshot;
  const fresh = await prepareEvents(parts, config);
  const bytes = encodeSnapshot(fresh.interactions, { trainedUntilMs: fresh.trainedUntilMs });
  const snapshotSha256 = sha256Hex(bytes);
  // Said before it is written: whoever ends this thread in the middle knows what to take away.
  parts.report({ type: 'prepared', prepared: { snapshotSha256, funnel: fresh.funnel } });
  await parts.artifacts.put(snapshotKey(snapshotSha256), bytes);
  return { ...fresh, snapshotSha256 };
}

/** Undefined when the snapshot cannot be used: then the events are read again, unless a training is to be repeated. */
async function readSnapshot(
  parts: PrepareParts,
  config: RunConfig,
  earlier: Prepared,
): Promise<PreparedData | undefined> {
  const { artifacts, report, isRepetition = false } = parts;
  const whose = isRepetition ? 'the model' : 'an earlier attempt';
  report({ type: 'step', step: 'read', message: `Reading the snapshot of ${whose}` });
  try {
    const bytes = await artifacts.get(snapshotKey(earlier.snapshotSha256));
    if (sha256Hex(bytes) !== earlier.snapshotSha256) {
      throw new SommelierError('model-file-invalid', 'the bytes do not have the hash of their name');
    }
    const snapshot = decodeSnapshot(bytes);
    return { ...earlier, ...snapshot, gate: await planAgain(parts, config, earlier, snapshot.interactions) };
  } catch (error) {
    const isUnusable =
      isSommelierError(error) && ['artifact-not-found', 'model-file-invalid'].includes(error.code);
    if (!isUnusable || isRepetition) throw error;
    report({
      type: 'log',
      line: `The snapshot cannot be used, so the events are read again: ${error.message}`,
    });
    return undefined;
  }
}

/**
 * A snapshot has no events, and the twin is prepared from them: those of the snapshot's window are read again. Some may
 * have come late meanwhile, which the comparison can bear; the model is of the snapshot alone.
 */
async function planAgain(
  { events, report, incumbent }: PrepareParts,
  config: RunConfig,
  { funnel }: Prepared,
  interactions: Interactions,
): Promise<GatePlan | undefined> {
  if (incumbent === undefined) return undefined;
  const window = { fromMs: funnel.fromMs, asOfMs: funnel.asOfMs };
  const columns = await readColumns(events, window, () => undefined);
  return planGateStage({ columns, window, interactions, incumbent, config, report });
}

async function prepareEvents(parts: PrepareParts, config: RunConfig): Promise<Fresh> {
  const { events, nowMs, report, incumbent } = parts;
  const { data } = config;
  report({ type: 'step', step: 'read', message: 'Reading events' });
  const newestMs = await events.newestTimestampMs(nowMs + data.futureToleranceMs);
  if (newestMs === undefined) {
    throw new SommelierError(
      'no-events',
      'There are no events to train on: import some, or post them to /v1/events.',
    );
  }
  const storedEvents = await events.count();
  const window = windowOf(newestMs, data.windowDays);
  const columns = await readColumns(events, window, (read) =>
    report({ type: 'reading', events: read, totalEvents: storedEvents }),
  );
  const read = columns.count;
  report({ type: 'step', step: 'prepare', message: `Preparing ${read.toLocaleString('en')} events` });
  const findings = await findingsOf(parts, config, columns, window);
  // What was read says all about the database when everything was read.
  const stored = read === storedEvents ? sizeOf(columns) : await events.totals();
  const { interactions, funnel, trainedUntilMs } = prepare(columns, data, {
    ...window,
    stored,
    onRefused: (refused) => report({ type: 'refused', funnel: { ...refused, findings } }),
  });
  const gate = planGateStage({ columns, window, interactions, incumbent, config, report });
  const all = [...findings, preparationFinding(funnel)];
  return { interactions, funnel: { ...funnel, findings: all }, trainedUntilMs, gate };
}

/** Looks at the events before anything depends on them, and logs what somebody should know. */
async function findingsOf(
  { events, report, incumbent }: PrepareParts,
  { data }: RunConfig,
  columns: EventColumns,
  window: EventWindow,
): Promise<DataFinding[]> {
  const model = incumbent?.model;
  const findings = checkData({
    columns,
    window,
    config: data,
    newestStoredMs: (await events.newestTimestampMs(MAX_TIMESTAMP_MS)) ?? window.asOfMs,
    incumbentItems: model !== undefined && 'itemIds' in model ? model.itemIds : undefined,
  });
  for (const { level, code, text } of findings) {
    if (level !== 'ok') report({ type: 'log', line: `Data check ${code} (${level}): ${text}` });
  }
  return findings;
}

function sizeOf({ userIds, itemIds, count }: EventColumns): FunnelCounts {
  return { users: userIds.length, items: itemIds.length, events: count };
}
