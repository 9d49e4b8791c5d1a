import { type EventInput, eventTypeSchema, idProblem, MAX_TIMESTAMP_MS } from '@sommelier/contracts';

/** Most ids are of this kind, and a test for it costs a tenth of the whole one. */
const PLAIN_ID = /^[!-~]{1,64}$/;
/** Types that were found valid; bounded, since there are few in any log. */
const validTypes = new Set<string>();
const MAX_REMEMBERED_TYPES = 1_000;

/** Says why a value cannot be stored as an event, or nothing if it can; as `eventSchema`, at the speed of an import. */
export function eventProblem(event: EventInput): string | undefined {
  if (!Number.isInteger(event.timestampMs) || event.timestampMs < 0 || event.timestampMs > MAX_TIMESTAMP_MS) {
    return 'the timestamp is not a whole number of milliseconds since 1970';
  }
  return (
    problemOf('user id', event.userId) ??
    problemOf('item id', event.itemId) ??
    typeProblem(event.type) ??
    (event.transactionId === undefined ? undefined : problemOf('transaction id', event.transactionId)) ??
    (event.eventId === undefined ? undefined : problemOf('event id', event.eventId))
  );
}

function problemOf(name: string, id: string): string | undefined {
  if (PLAIN_ID.test(id)) return undefined;
  const problem = idProblem(id);
  return problem === undefined ? undefined : `the ${name} ${problem}`;
}

function typeProblem(type: string): string | undefined {
  if (validTypes.has(type)) return undefined;
  const parsed = eventTypeSchema.safeParse(type);
  if (!parsed.success) return `the ${parsed.error.issues[0]?.message ?? 'event type is not valid'}`;
  if (validTypes.size < MAX_REMEMBERED_TYPES) validTypes.add(type);
  return undefined;
}
