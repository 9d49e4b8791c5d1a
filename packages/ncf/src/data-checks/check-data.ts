import type { DataConfig, DataFinding } from '@sommelier/contracts';
import type { IdTable } from '../model-file/id-table.ts';
import type { EventColumns } from '../preparation/event-columns.ts';
import { eventsInWindow } from '../preparation/kept-events.ts';
import type { EventWindow } from '../preparation/window.ts';
import { duplicateFinding } from './duplicates.ts';
import { floodFinding, placeholderFinding } from './floods.ts';
import { newItemsFinding } from './new-items.ts';
import { futureFinding, gapFinding, timeUnitFinding } from './times.ts';
import { typesFinding, volumeFinding } from './volume.ts';

export interface DataCheckWork {
  /** What was read; events outside of the window are looked at only for their times. */
  readonly columns: EventColumns;
  readonly window: EventWindow;
  readonly config: DataConfig;
  /** Time of the newest event of all, also behind the window's end (Unix ms). */
  readonly newestStoredMs: number;
  /** Ids of the items that the model that is served knows. */
  readonly incumbentItems?: IdTable | undefined;
  /** Whether a text may name a user; default: no, as of what is stored, since users may be erased. */
  readonly namesUsers?: boolean;
}

/**
 * Looks at a log before it is trained on: how much there is, of which types, whether the times make sense, who sent it,
 * what is there twice, and how much of it is new to the model that is served. Linear in the events, but for a sort of
 * one number an event. Each check gives one finding, in a fixed order; the checks change nothing.
 */
export function checkData(work: DataCheckWork): DataFinding[] {
  const { columns, window, config, newestStoredMs, incumbentItems, namesUsers = false } = work;
  const inWindow = eventsInWindow(columns, window);
  const volume = volumeFinding(inWindow, columns);
  if (inWindow.length === 0) return [volume, futureFinding(newestStoredMs, window)];
  return [
    volume,
    typesFinding(inWindow, columns, config.weights),
    timeUnitFinding(inWindow, columns),
    futureFinding(newestStoredMs, window),
    gapFinding(inWindow, columns),
    floodFinding(inWindow, columns, namesUsers),
    placeholderFinding(inWindow, columns),
    duplicateFinding(inWindow, columns),
    ...(incumbentItems === undefined ? [] : [newItemsFinding(inWindow, columns, incumbentItems)]),
  ];
}
