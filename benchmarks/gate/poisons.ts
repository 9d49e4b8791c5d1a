import { permutation, uniform } from '@sommelier/ncf';
import type { VisitorEvent } from '../sessions/session.ts';

/** Something that went wrong with a log, and what the run that is trained on it must come to. */
export interface Poison {
  readonly name: string;
  /** What the run must end with: `neutralised`, an outcome of the gate, or an error's code. */
  readonly declared: readonly string[];
  /** A code of the data checks that must not be `ok`. */
  readonly warning: string | undefined;
  /** `incumbentUntilMs`: newest event that the good model has seen. */
  readonly apply: (events: readonly VisitorEvent[], incumbentUntilMs: number, seed: number) => VisitorEvent[];
}

const STREAM = 0x706f_6973;
const DAY_MS = 86_400_000;
const YEARS_MS = 30 * 365 * DAY_MS;

export const POISONS: readonly Poison[] = [
  {
    // An import that joined the wrong rows: every item is as popular as before, and nobody has seen what is said.
    name: 'items of the whole log shuffled',
    declared: ['rejected'],
    warning: undefined,
    apply: (events, _, seed) => shuffled(events, () => true, seed),
  },
  {
    // So few of all events that a model may be as good with them.
    name: 'items of the newest events shuffled',
    declared: ['rejected', 'neutralised'],
    warning: undefined,
    apply: (events, untilMs, seed) => shuffled(events, ({ timestampMs }) => timestampMs > untilMs, seed),
  },
  {
    // Rule 1 of the preparation drops the user, so that the model is as good as before.
    name: "one user's flood, as many events as all others",
    declared: ['neutralised'],
    warning: 'flood',
    apply: (events, _, seed) => [...events, ...flood(events, seed)],
  },
  {
    // Left out by the end of the window, and told by the checks.
    name: 'one event in a hundred 30 years in the future',
    declared: ['neutralised'],
    warning: 'future-events',
    apply: (events, _, seed) =>
      events.map((event, index) =>
        uniform(seed, STREAM, 1, index) < 0.01
          ? { ...event, timestampMs: event.timestampMs + YEARS_MS }
          : event,
      ),
  },
  {
    name: 'no event in the window has a weight',
    declared: ['all-filtered'],
    warning: 'event-types',
    apply: (events) => events.map((event) => ({ ...event, type: 'heartbeat' })),
  },
  {
    name: 'an empty window: one late visitor, years after all others',
    declared: ['all-filtered', 'too-few-interactions'],
    warning: 'volume',
    apply: (events) => {
      const newestMs = newestOf(events);
      return events.map((event, index) => ({
        ...event,
        timestampMs: index === 0 ? newestMs : event.timestampMs - YEARS_MS,
      }));
    },
  },
];

/** Gives the events that are chosen each other's items. */
function shuffled(
  events: readonly VisitorEvent[],
  isChosen: (event: VisitorEvent) => boolean,
  seed: number,
): VisitorEvent[] {
  const chosen = [...events.keys()].filter((index) => isChosen(events[index]!));
  const order = permutation(chosen.length, seed, STREAM);
  const result = [...events];
  for (const [place, index] of chosen.entries()) {
    result[index] = { ...events[index]!, itemId: events[chosen[order[place]!]!]!.itemId };
  }
  return result;
}

/** As many events as there are, all of one visitor, over the same time and items. */
function flood(events: readonly VisitorEvent[], seed: number): VisitorEvent[] {
  return events.map((event, index) => ({
    ...event,
    userId: 'a-flood',
    itemId: events[Math.floor(uniform(seed, STREAM, 2, index) * events.length)]!.itemId,
  }));
}

function newestOf(events: readonly VisitorEvent[]): number {
  return events.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0);
}
