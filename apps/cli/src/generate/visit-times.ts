import { type Calendar, DAY_MS } from './calendar.ts';
import { curveAt } from './curve.ts';
import { GAP_QUANTILES } from './published-profile.ts';
import type { RandomStream } from './random-stream.ts';
import type { Step } from './visitor-steps.ts';

/** A pause of more than half an hour begins a new visit. */
const VISIT_PAUSE_MS = 30 * 60_000;
/** Share of the published gaps that are shorter than that. */
const SHARE_WITHIN_VISIT = 0.723;
/** Most of the period that a visitor's pauses may take up together. */
const MOST_OF_PERIOD = 0.96;
/** From this pause on, people come back at a usual hour and not after an exact time. */
const PAUSE_TO_USUAL_HOUR_MS = DAY_MS / 2;

/**
 * Times of a visitor's steps, Unix ms, not descending, all inside the calendar's period. Gaps follow the published
 * quantiles; who has more pauses than the period has room for pauses shorter. Steps at one place share one time.
 */
export function drawTimes(steps: readonly Step[], calendar: Calendar, random: RandomStream): number[] {
  const gaps = drawGaps(steps, calendar.endMs - calendar.startMs, random);
  const spanMs = gaps.reduce((sum, gap) => sum + gap, 0);
  const startMs = calendar.drawStart(calendar.endMs - spanMs, random);
  const times: number[] = [];
  let plannedMs = startMs;
  let lastMs = startMs;
  for (const [index, gap] of gaps.entries()) {
    plannedMs += gap;
    let timeMs = lastMs + gap;
    if (gap >= PAUSE_TO_USUAL_HOUR_MS) {
      const usualMs = calendar.moveToUsualHour(plannedMs, random);
      timeMs = usualMs > lastMs + VISIT_PAUSE_MS ? usualMs : lastMs + VISIT_PAUSE_MS + gap / 24;
    }
    times[index] = Math.round(timeMs);
    lastMs = timeMs;
  }
  return fitIntoPeriod(times, calendar);
}

/** Milliseconds before each step; 0 for the first. */
function drawGaps(steps: readonly Step[], periodMs: number, random: RandomStream): number[] {
  let pausesMs = 0;
  let withinMs = 0;
  const gaps = steps.map((step, index) => {
    if (index === 0 || step.place === steps[index - 1]!.place) return 0;
    const share = step.beginsVisit
      ? SHARE_WITHIN_VISIT + (1 - SHARE_WITHIN_VISIT) * random.uniform()
      : SHARE_WITHIN_VISIT * random.uniform();
    const gap = 1_000 * curveAt(GAP_QUANTILES, share);
    if (step.beginsVisit) pausesMs += gap;
    else withinMs += gap;
    return gap;
  });
  const roomMs = Math.max(0, MOST_OF_PERIOD * periodMs - withinMs);
  if (pausesMs > roomMs)
    for (const [index, step] of steps.entries())
      if (step.beginsVisit) gaps[index] = (gaps[index]! * roomMs) / pausesMs;
  return gaps;
}

/** Moves, and if it must squeezes, times that would leave the period. */
function fitIntoPeriod(times: number[], calendar: Calendar): number[] {
  const first = times[0]!;
  const last = times[times.length - 1]!;
  const latestMs = calendar.endMs - 1;
  if (first >= calendar.startMs && last <= latestMs) return times;
  const squeeze = Math.min(1, (latestMs - calendar.startMs) / Math.max(1, last - first));
  const shiftMs = Math.max(calendar.startMs, Math.floor(latestMs - (last - first) * squeeze));
  return times.map((timeMs) => shiftMs + Math.floor((timeMs - first) * squeeze));
}
