import { describe, expect, test } from '@jest/globals';
import { EventColumnsBuilder } from './event-columns-builder.ts';
import { type LoggedEvent, pageOf } from './testing/event-log.ts';

describe('EventColumnsBuilder', () => {
  test('numbers users, items and types in the order in which it meets them, over pages', () => {
    const builder = new EventColumnsBuilder();
    builder.append(
      pageOf([
        [5, 'u', 'x'],
        [3, 'v', 'x', 'addtocart'],
      ]),
    );
    builder.append(pageOf([]));
    builder.append(pageOf([[9, 'u', 'y', 'view']]));
    const columns = builder.build();
    expect(columns.count).toBe(3);
    expect([...columns.timestampsMs]).toEqual([5, 3, 9]);
    expect([...columns.users]).toEqual([0, 1, 0]);
    expect([...columns.items]).toEqual([0, 0, 1]);
    expect([...columns.types]).toEqual([0, 1, 0]);
    expect(columns.userIds).toEqual(['u', 'v']);
    expect(columns.itemIds).toEqual(['x', 'y']);
    expect(columns.typeNames).toEqual(['view', 'addtocart']);
  });

  test('keeps what it has when it grows', () => {
    const builder = new EventColumnsBuilder();
    const events: LoggedEvent[] = [];
    for (let index = 0; index < 50_000; index++) events.push([index, `u${index % 7}`, `i${index % 11}`]);
    for (let page = 0; page < 3; page++) builder.append(pageOf(events));
    const columns = builder.build();
    expect([builder.count, columns.count, columns.users.length]).toEqual([150_000, 150_000, 150_000]);
    for (const place of [0, 65_535, 65_536, 131_072, 149_999]) {
      const index = place % 50_000;
      expect(columns.timestampsMs[place]).toBe(index);
      expect(columns.userIds[columns.users[place]!]).toBe(`u${index % 7}`);
      expect(columns.itemIds[columns.items[place]!]).toBe(`i${index % 11}`);
    }
  });

  test('reads up to its limit of events and says how to stay below it', () => {
    const builder = new EventColumnsBuilder({ maxEvents: 2 });
    builder.append(
      pageOf([
        [1, 'u', 'x'],
        [2, 'u', 'y'],
      ]),
    );
    expect(() => builder.append(pageOf([[3, 'u', 'z']]))).toThrow(
      expect.objectContaining({ code: 'too-many-events', message: expect.stringContaining('windowDays') }),
    );
  });

  test('takes 255 types and names the one too many', () => {
    const builder = new EventColumnsBuilder();
    const types = [...new Array(255).keys()].map((index): LoggedEvent => [index, 'u', 'x', `t${index}`]);
    builder.append(pageOf(types));
    expect(() => builder.append(pageOf([[0, 'u', 'x', 'extra']]))).toThrow(
      expect.objectContaining({ code: 'too-many-events', message: expect.stringContaining('"extra"') }),
    );
  });

  test('refuses a page whose columns differ in length', () => {
    const page = { ...pageOf([[1, 'u', 'x']]), types: [] };
    expect(() => new EventColumnsBuilder().append(page)).toThrow('1, 1, 1, 0');
  });
});
