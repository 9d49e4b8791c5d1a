import { hash } from 'node:crypto';
import type { EventInput } from '@sommelier/contracts';

/** Length of an event's key in hexadecimal digits (16 bytes). */
const KEY_DIGITS = 32;
/** What the key is made of; keys that are made in another way begin with another word, so that they never meet. */
const FIELDS = 'fields';
const EVENT_ID = 'id';

/**
 * The key of an event as 32 hexadecimal digits: the first 16 bytes of SHA-256 over its sender's id, or over its five
 * fields, each with its length in front. Two events without ids have the same key only when all five fields are equal;
 * a missing transaction is an empty text, which no id can be. Among a billion events, the chance that any two different
 * ones share a key is about 1e-21.
 */
export function eventKey(event: EventInput): string {
  const { userId, itemId, type, eventId } = event;
  if (eventId !== undefined) return digest(`${EVENT_ID} ${eventId}`);
  const transactionId = event.transactionId ?? '';
  const text =
    `${FIELDS} ${event.timestampMs} ${type.length}:${type}${userId.length}:${userId}` +
    `${itemId.length}:${itemId}${transactionId.length}:${transactionId}`;
  return digest(text);
}

function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, KEY_DIGITS);
}
