/** What somebody looked at in one go, oldest first. */
export interface Session {
  readonly items: readonly string[];
  readonly timestampsMs: readonly number[];
}

/** A silence longer than this ends a session. */
const GAP_MS = 30 * 60_000;

export interface VisitorEvent {
  readonly userId: string;
  readonly itemId: string;
  readonly type: string;
  readonly timestampMs: number;
}

/**
 * The sessions in the events of one type: a visitor's by time, events of the same time in the order of the file, cut
 * where half an hour passes. By the time of their last event.
 */
export function sessionsOf(events: readonly VisitorEvent[], type: string): Session[] {
  const byVisitor = new Map<string, VisitorEvent[]>();
  for (const event of events) {
    if (event.type !== type) continue;
    const own = byVisitor.get(event.userId);
    if (own === undefined) byVisitor.set(event.userId, [event]);
    else own.push(event);
  }
  const sessions: { items: string[]; timestampsMs: number[] }[] = [];
  for (const own of byVisitor.values()) {
    own.sort((a, b) => a.timestampMs - b.timestampMs);
    let last = Number.NEGATIVE_INFINITY;
    for (const { itemId, timestampMs } of own) {
      if (timestampMs - last > GAP_MS) sessions.push({ items: [], timestampsMs: [] });
      const session = sessions.at(-1)!;
      session.items.push(itemId);
      session.timestampsMs.push(timestampMs);
      last = timestampMs;
    }
  }
  return sessions.sort((a, b) => a.timestampsMs.at(-1)! - b.timestampsMs.at(-1)!);
}

/** What can be predicted of sessions: the known items, where at least two are left. */
export function testable(sessions: readonly Session[], isKnown: (item: string) => boolean): Session[] {
  return sessions
    .map(({ items, timestampsMs }) => {
      const kept = [...items.keys()].filter((place) => isKnown(items[place]!));
      return {
        items: kept.map((place) => items[place]!),
        timestampsMs: kept.map((place) => timestampsMs[place]!),
      };
    })
    .filter(({ items }) => items.length >= 2);
}

/** The events before the last `days` days, and the sessions of those days in what the earlier events know. */
export function cutLastDays(
  events: readonly VisitorEvent[],
  days: number,
  type: string,
): { train: VisitorEvent[]; test: Session[] } {
  const newestMs = events.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0);
  const cutMs = newestMs - days * 86_400_000;
  const train = events.filter(({ timestampMs }) => timestampMs < cutMs);
  const known = new Set(train.map(({ itemId }) => itemId));
  const later = events.filter(({ timestampMs }) => timestampMs >= cutMs);
  return { train, test: testable(sessionsOf(later, type), (item) => known.has(item)) };
}
