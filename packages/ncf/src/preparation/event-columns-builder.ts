import { SommelierError } from '@sommelier/contracts';
import type { EventColumns, EventPage } from './event-columns.ts';

const MAX_EVENTS = 2 ** 31;
const MAX_TYPES = 255;
const FIRST_CAPACITY = 65_536;

interface Columns {
  readonly timestampsMs: Float64Array<ArrayBuffer>;
  readonly users: Uint32Array<ArrayBuffer>;
  readonly items: Uint32Array<ArrayBuffer>;
  readonly types: Uint8Array<ArrayBuffer>;
}

/** Strings numbered in the order in which they were first seen. */
class Dictionary {
  readonly values: string[] = [];
  readonly #indices = new Map<string, number>();

  indexOf(value: string): number {
    const known = this.#indices.get(value);
    if (known !== undefined) return known;
    const index = this.values.length;
    this.values.push(value);
    this.#indices.set(value, index);
    return index;
  }
}

/** Collects pages of events into columns, which grow by doubling: 17 bytes an event and the distinct strings. */
export class EventColumnsBuilder {
  readonly #maxEvents: number;
  readonly #users = new Dictionary();
  readonly #items = new Dictionary();
  readonly #types = new Dictionary();
  #columns: Columns;
  #capacity: number;
  #count = 0;

  /** `maxEvents` is at most 2^31, the default. */
  constructor({ maxEvents = MAX_EVENTS }: { maxEvents?: number } = {}) {
    this.#maxEvents = Math.min(maxEvents, MAX_EVENTS);
    this.#capacity = Math.min(FIRST_CAPACITY, this.#maxEvents);
    this.#columns = allocate(this.#capacity);
  }

  /** Events so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds a page of events.
   * @throws SommelierError `too-many-events` beyond 2^31 events or 255 distinct types; `internal` when the page's
   *   columns differ in length.
   */
  append(page: EventPage): void {
    const { timestampsMs, userIds, itemIds, types } = page;
    const size = timestampsMs.length;
    if (userIds.length !== size || itemIds.length !== size || types.length !== size) {
      const lengths = [size, userIds.length, itemIds.length, types.length].join(', ');
      throw new SommelierError('internal', `The columns of a page of events have the lengths ${lengths}`);
    }
    this.#reserve(this.#count + size);
    const columns = this.#columns;
    for (let index = 0; index < size; index++) {
      const event = this.#count + index;
      columns.timestampsMs[event] = timestampsMs[index]!;
      columns.users[event] = this.#users.indexOf(userIds[index]!);
      columns.items[event] = this.#items.indexOf(itemIds[index]!);
      columns.types[event] = this.#typeOf(types[index]!);
    }
    this.#count += size;
  }

  /** The events so far. The columns are views, without a copy: append nothing afterwards. */
  build(): EventColumns {
    const { timestampsMs, users, items, types } = this.#columns;
    return {
      count: this.#count,
      timestampsMs: timestampsMs.subarray(0, this.#count),
      users: users.subarray(0, this.#count),
      items: items.subarray(0, this.#count),
      types: types.subarray(0, this.#count),
      userIds: this.#users.values,
      itemIds: this.#items.values,
      typeNames: this.#types.values,
    };
  }

  #typeOf(type: string): number {
    const index = this.#types.indexOf(type);
    if (index < MAX_TYPES) return index;
    throw new SommelierError(
      'too-many-events',
      `The events have more than ${MAX_TYPES} distinct types ("${type}" is one too many). Types are kinds of events, such as "view": check what was imported as the type.`,
    );
  }

  #reserve(count: number): void {
    if (count > this.#maxEvents) {
      throw new SommelierError(
        'too-many-events',
        `A training run reads at most ${this.#maxEvents.toLocaleString('en')} events; the window has more. Make data.windowDays smaller.`,
      );
    }
    if (count <= this.#capacity) return;
    this.#capacity = Math.min(Math.max(count, this.#capacity * 2), this.#maxEvents);
    const larger = allocate(this.#capacity);
    larger.timestampsMs.set(this.#columns.timestampsMs);
    larger.users.set(this.#columns.users);
    larger.items.set(this.#columns.items);
    larger.types.set(this.#columns.types);
    this.#columns = larger;
  }
}

function allocate(capacity: number): Columns {
  return {
    timestampsMs: new Float64Array(capacity),
    users: new Uint32Array(capacity),
    items: new Uint32Array(capacity),
    types: new Uint8Array(capacity),
  };
}
