import { type DataConfig, type FunnelCounts, isSommelierError, type RunConfig } from '@sommelier/contracts';
import { type EventColumns, type EventWindow, type Interactions, prepare } from '@sommelier/ncf';
import { type GatePlan, type Incumbent, planGate } from '@sommelier/ncf/training';
import type { Report } from './prepare-stage.ts';

/**
 * Decides what the candidate will be compared on, while the events are there to prepare the twin's from. Undefined
 * without an incumbent.
 */
export function planGateStage(work: {
  columns: EventColumns;
  window: EventWindow;
  interactions: Interactions;
  incumbent: Incumbent | undefined;
  config: RunConfig;
  report: Report;
}): GatePlan | undefined {
  const { columns, window, interactions, incumbent, config, report } = work;
  if (incumbent === undefined) return undefined;
  const plan = planGate({
    interactions,
    incumbent,
    prepareUntil: (cutMs) => preparedUntil(columns, { ...window, asOfMs: cutMs }, config.data),
    maxUsers: config.evaluation.maxUsers,
    seed: config.training.seed,
  });
  report({ type: 'log', line: planLine(plan) });
  return plan;
}

/** What a run that ended at the cut would have trained on; undefined when it would have been refused. */
function preparedUntil(
  columns: EventColumns,
  window: EventWindow,
  config: DataConfig,
): Interactions | undefined {
  const stored: FunnelCounts = {
    users: columns.userIds.length,
    items: columns.itemIds.length,
    events: columns.count,
  };
  try {
    return prepare(columns, config, { ...window, stored }).interactions;
  } catch (error) {
    if (isSommelierError(error) && ['all-filtered', 'too-few-interactions', 'no-events'].includes(error.code))
      return undefined;
    throw error;
  }
}

function planLine({ cut, note, incumbent, protocol }: GatePlan): string {
  if (cut === undefined) return `The model cannot be compared with ${incumbent?.version}: ${note}`;
  const { pairs, users } = cut.task;
  const scale = `${pairs.toLocaleString('en')} pairs of ${users.toLocaleString('en')} users after ${new Date(cut.ms).toISOString()}`;
  return protocol === 'popularity-only'
    ? `The gate compares with popularity only, on ${scale}: ${note}`
    : `The gate compares with ${incumbent?.version} and popularity on ${scale}`;
}
