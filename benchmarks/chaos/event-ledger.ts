/** An event that was sent: nobody else has sent one of this user and item. */
export interface SentEvent {
  readonly eventId: string;
  readonly userId: string;
  readonly itemId: string;
}

/** How often an event is stored. */
export interface StoredEvent {
  readonly userId: string;
  readonly itemId: string;
  readonly rows: number;
}

const keyOf = ({ userId, itemId }: Pick<SentEvent, 'userId' | 'itemId'>): string => `${userId} ${itemId}`;

/** Which events were sent, and which of them were acknowledged by a 200. */
export class EventLedger {
  readonly #acknowledged = new Map<string, boolean>();

  sent(events: readonly SentEvent[]): void {
    for (const event of events) this.#acknowledged.set(keyOf(event), false);
  }

  acknowledged(events: readonly SentEvent[]): void {
    for (const event of events) this.#acknowledged.set(keyOf(event), true);
  }

  get acknowledgedCount(): number {
    let count = 0;
    for (const acknowledged of this.#acknowledged.values()) if (acknowledged) count++;
    return count;
  }

  /**
   * What was acknowledged by the time that `stored` was read; one that was acknowledged later cannot be asked for.
   * Call it before the rows are read.
   */
  promises(): ReadonlySet<string> {
    return new Set([...this.#acknowledged].flatMap(([key, acknowledged]) => (acknowledged ? [key] : [])));
  }

  /** Promised events that are not stored, and events that are stored twice, or that nobody has sent. */
  compare(
    promised: ReadonlySet<string>,
    stored: readonly StoredEvent[],
  ): { readonly lost: string[]; readonly doubled: string[]; readonly strange: string[] } {
    const rows = new Map(stored.map((event) => [keyOf(event), event.rows]));
    return {
      lost: [...promised].filter((key) => !rows.has(key)),
      doubled: [...rows].flatMap(([key, count]) => (count > 1 ? [`${key}: ${count} rows`] : [])),
      strange: [...rows.keys()].filter((key) => !this.#acknowledged.has(key)),
    };
  }
}
