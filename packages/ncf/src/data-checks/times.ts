import type { DataFinding } from '@sommelier/contracts';
import type { EventColumns } from '../preparation/event-columns.ts';
import type { KeptEvents } from '../preparation/kept-events.ts';
import type { EventWindow } from '../preparation/window.ts';
import { countText, percentText, timeText } from './finding-text.ts';

const DAY_MS = 86_400_000;
/** Unix times in seconds, read as milliseconds, are all before this day: 1 February 1970. */
const EARLIEST_SENSIBLE_MS = 31 * DAY_MS;
/** A gap of whole days is told from this length on, and this share of the time that the events span. */
const LONG_GAP_DAYS = 3;
const LONG_GAP_SHARE = 0.1;
/** A sensible number of days to count events by; longer spans are counted in longer steps. */
const MAX_STEPS = 100_000;

/** Times that no shop has: `fail` when half of them are in January 1970, `warn` when any is. */
export function timeUnitFinding(events: KeptEvents, { timestampsMs }: EventColumns): DataFinding {
  let early = 0;
  for (const event of events) if (timestampsMs[event]! < EARLIEST_SENSIBLE_MS) early++;
  const share = early / events.length;
  const figures = { events: early, share };
  if (early === 0)
    return { level: 'ok', code: 'time-unit', text: 'All times are later than January 1970.', figures };
  const text =
    `${countText(early)} events (${percentText(share)}) are from January 1970: times in seconds, or 0, ` +
    'where milliseconds since 1970 are expected.';
  return { level: share >= 0.5 ? 'fail' : 'warn', code: 'time-unit', text, figures };
}

/** `warn` when there are events behind the window's end: a clock that is wrong by more than data.futureToleranceMs. */
export function futureFinding(newestStoredMs: number, { asOfMs }: EventWindow): DataFinding {
  const figures = { newestMs: newestStoredMs, asOfMs };
  if (newestStoredMs <= asOfMs) {
    return {
      level: 'ok',
      code: 'future-events',
      text: `The newest event is of ${timeText(asOfMs)}.`,
      figures,
    };
  }
  const text =
    `There are events in the future, the last of ${timeText(newestStoredMs)}; they are left out. ` +
    'A clock is wrong, or times are not in milliseconds.';
  return { level: 'warn', code: 'future-events', text, figures };
}

/** The longest time without an event: `warn` from three days on if it is a tenth of the time that the events span. */
export function gapFinding(events: KeptEvents, columns: EventColumns): DataFinding {
  const { gapDays, beginMs, spanDays } = longestGap(events, columns);
  const figures = { gapDays, spanDays };
  const span = `The events span ${spanDays.toFixed(1)} days`;
  if (gapDays < LONG_GAP_DAYS || gapDays < LONG_GAP_SHARE * spanDays) {
    return { level: 'ok', code: 'gap', text: `${span} without a long gap.`, figures };
  }
  const text = `${span}, and for about ${gapDays.toFixed(0)} days from ${timeText(beginMs)} on there is none: are events missing?`;
  return { level: 'warn', code: 'gap', text, figures };
}

/** The longest run of days without an event, in days of 24 hours from the first event on. */
function longestGap(
  events: KeptEvents,
  { timestampsMs }: EventColumns,
): { gapDays: number; beginMs: number; spanDays: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    first = Math.min(first, timestampsMs[event]!);
    last = Math.max(last, timestampsMs[event]!);
  }
  const stepMs = Math.max(DAY_MS, (last - first) / MAX_STEPS);
  const isUsed = new Uint8Array(Math.floor((last - first) / stepMs) + 1);
  for (const event of events) isUsed[Math.floor((timestampsMs[event]! - first) / stepMs)] = 1;
  let longest = 0;
  let begin = 0;
  let run = 0;
  for (let step = 0; step < isUsed.length; step++) {
    run = isUsed[step] === 1 ? 0 : run + 1;
    if (run > longest) {
      longest = run;
      begin = step - run + 1;
    }
  }
  return {
    gapDays: (longest * stepMs) / DAY_MS,
    beginMs: first + begin * stepMs,
    spanDays: (last - first) / DAY_MS,
  };
}
