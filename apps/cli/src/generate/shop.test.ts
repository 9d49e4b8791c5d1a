import { describe, expect, test } from '@jest/globals';
import { categorySchema, type EventInput, eventSchema, itemSchema } from '@sommelier/contracts';
import fc from 'fast-check';
import { DAY_MS } from './calendar.ts';
import { generateShop } from './shop.ts';
import { measureEvents, quantile } from './shop-statistics.ts';

const END_MS = Date.parse('2024-02-29T12:34:56.789Z');

describe('generateShop', () => {
  test('every row is an event, every item an item, every category a category of the contracts', () => {
    const shop = generateShop({ visitors: 2_000, endMs: END_MS, days: 20 });
    for (const event of shop.events()) eventSchema.parse(event);
    for (const item of shop.items()) itemSchema.parse(item);
    for (const category of shop.categories) categorySchema.parse(category);
  });

  test('ids are digits and distinct; items and categories that are named exist', () => {
    const shop = generateShop({ visitors: 5_000 });
    const items = [...shop.items()];
    const itemIds = new Set(items.map(({ itemId }) => itemId));
    const categoryIds = new Set(shop.categories.map(({ categoryId }) => categoryId));
    expect(itemIds.size).toBe(shop.options.items);
    expect(categoryIds.size).toBe(shop.categories.length);
    expect(items.every(({ categoryId }) => categoryId !== null && categoryIds.has(categoryId))).toBe(true);
    const strangers = [...shop.events()].filter(
      ({ itemId, userId }) => !itemIds.has(itemId) || !/^\d+$/.test(userId),
    );
    expect(strangers).toEqual([]);
    const available = items.filter((item) => item.available).length / items.length;
    expect(Math.abs(available - 0.8)).toBeLessThan(0.05);
  });

  test('the same options give the same shop, read again or built again; another seed another one', () => {
    const shop = generateShop({ visitors: 3_000, seed: 7 });
    const events = [...shop.events()];
    expect([...shop.events()]).toEqual(events);
    const again = generateShop({ visitors: 3_000, seed: 7 });
    expect([...again.events()]).toEqual(events);
    expect([...again.items()]).toEqual([...shop.items()]);
    expect(again.categories).toEqual(shop.categories);
    const other = generateShop({ visitors: 3_000, seed: 8 });
    expect([...other.events()].slice(0, 20)).not.toEqual(events.slice(0, 20));
    expect([...other.items()].slice(0, 20)).not.toEqual([...shop.items()].slice(0, 20));
  });

  test('rows are in no order of time, nor by visitor', () => {
    const shop = generateShop({ visitors: 10_000 });
    expect(measureEvents(shop.events()).descendingRows).toBeGreaterThan(0.4);
    let neighbours = 0;
    let last: EventInput | undefined;
    for (const event of shop.events()) {
      if (event.userId === last?.userId) neighbours++;
      last = event;
    }
    expect(neighbours).toBeLessThan(0.02 * shop.plannedEvents);
  });

  test('exactly the transactions have a transaction id; the rows of one are one visitor, one time, other items', () => {
    const orders = new Map<string, EventInput[]>();
    const wrong: EventInput[] = [];
    for (const event of generateShop({ visitors: 8_000, activity: 3 }).events()) {
      if ((event.transactionId === undefined) !== (event.type !== 'transaction')) wrong.push(event);
      if (event.transactionId === undefined) continue;
      orders.set(event.transactionId, [...(orders.get(event.transactionId) ?? []), event]);
    }
    expect(wrong).toEqual([]);
    expect(orders.size).toBeGreaterThan(200);
    for (const rows of orders.values()) {
      expect(new Set(rows.map(({ userId, timestampMs }) => `${userId} ${timestampMs}`)).size).toBe(1);
      expect(new Set(rows.map(({ itemId }) => itemId)).size).toBe(rows.length);
    }
  });

  test('activity 4: the visitors are the busiest quarter of a shop four times as large', () => {
    const { eventsOfVisitor: busy } = measureEvents(generateShop({ visitors: 2_000, activity: 4 }).events());
    const { eventsOfVisitor: all } = measureEvents(generateShop({ visitors: 8_000 }).events());
    const quarter = all.subarray(6_000);
    for (const share of [0.1, 0.5, 0.9])
      expect(Math.abs(quantile(busy, share) - quantile(quarter, share))).toBeLessThanOrEqual(1);
  });

  test('concentration 0: all items are about equally popular', () => {
    const options = { visitors: 20_000, items: 100 };
    const flat = measureEvents(generateShop({ ...options, concentration: 0 }).events());
    const published = measureEvents(generateShop(options).events());
    expect(quantile(flat.viewsOfItem, 1) / quantile(flat.viewsOfItem, 0.5)).toBeLessThan(2);
    expect(quantile(published.viewsOfItem, 1) / quantile(published.viewsOfItem, 0.5)).toBeGreaterThan(5);
  });

  test('any size and period: as many events as planned and duplicates, all inside the period', () => {
    const sizes = fc.record({
      visitors: fc.integer({ min: 1, max: 300 }),
      items: fc.integer({ min: 30, max: 400 }),
      days: fc.integer({ min: 1, max: 200 }),
      activity: fc.integer({ min: 1, max: 60 }),
      concentration: fc.double({ min: 0, max: 2, noNaN: true }),
      seed: fc.integer({ min: 0, max: 4_294_967_295 }),
    });
    fc.assert(
      fc.property(sizes, (options) => {
        const shop = generateShop({ ...options, endMs: END_MS });
        const measured = measureEvents(shop.events());
        expect(measured.visitors).toBe(options.visitors);
        expect(measured.events - measured.duplicateRows).toBe(shop.plannedEvents);
        expect(measured.firstMs).toBeGreaterThanOrEqual(END_MS - options.days * DAY_MS);
        expect(measured.lastMs).toBeLessThan(END_MS);
        expect([...shop.items()]).toHaveLength(options.items);
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  test.each([
    [{ visitors: 0 }, /"visitors"/],
    [{ visitors: 10, items: 5 }, /"items"/],
    [{ visitors: 10, days: 0.5 }, /"days"/],
    [{ visitors: 10, seed: -1 }, /"seed"/],
    [{ visitors: 10, activity: 0.5 }, /"activity"/],
  ])('%j is refused, and the message names the option', (options, message) => {
    expect(() => generateShop(options)).toThrow(message);
  });
});
