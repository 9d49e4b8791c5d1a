import type { SentEvent } from './parameters.ts';

/**
 * Events that may be sent again when it is not known whether they arrived: one with neither a name nor a time gets a
 * name, since the server would give each copy of it another time and store both. One with a time is told from others by
 * what it says.
 */
export function repeatableEvents(events: readonly SentEvent[]): SentEvent[] {
  return events.map((event) =>
    event.eventId === undefined && event.timestampMs === undefined ? { ...event, eventId: newId() } : event,
  );
}

/** 128 random bits; `crypto.randomUUID` is missing on pages without TLS. */
function newId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
