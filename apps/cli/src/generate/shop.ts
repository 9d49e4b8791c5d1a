import { type Category, type EventInput, type Item, SommelierError } from '@sommelier/contracts';
import { z } from 'zod';
import { drawActivity, drawIntentions } from './activity.ts';
import { type Calendar, openCalendar } from './calendar.ts';
import { type Catalogue, stockCatalogue } from './catalogue.ts';
import { PUBLISHED } from './published-profile.ts';
import { RandomStream, STREAMS } from './random-stream.ts';
import { drawTimes } from './visit-times.ts';
import { drawSteps, type Step } from './visitor-steps.ts';

/** Items of the catalogue for each visitor, as published. */
const ITEMS_PER_VISITOR = PUBLISHED.catalogueItems / PUBLISHED.visitors;
const FEWEST_ITEMS = 30;

/** What a generated shop is made of; the same options give the same shop, to the byte. */
export const shopOptionsSchema = z.strictObject({
  visitors: z.int().min(1).max(10_000_000),
  /** Items of the catalogue; without a number, as many for each visitor as published (0.296). */
  items: z.int().min(FEWEST_ITEMS).max(5_000_000).optional(),
  days: z.int().min(1).max(3_650).default(PUBLISHED.days),
  /** End of the period, exclusive, Unix ms. */
  endMs: z
    .int()
    .min(3_650 * 86_400_000)
    .max(8_640_000_000_000_000)
    .default(Date.parse(PUBLISHED.endIso)),
  /** The visitors are the most active of a shop so many times as large: 4 = the most active quarter. */
  activity: z.number().min(1).max(1_000).default(1),
  /** How much popularity differs between items: 1 as published, 0 not at all (the exponent of the popularities). */
  concentration: z.number().min(0).max(2).default(1),
  seed: z.int().min(0).max(4_294_967_295).default(42),
});
export type ShopOptions = z.input<typeof shopOptionsSchema>;

/** A shop of RetailRocket's shape; what is in it is computed while it is read, and can be read again. */
export interface GeneratedShop {
  readonly options: z.output<typeof shopOptionsSchema> & { readonly items: number };
  /** Number of events without the few exact duplicates, which are drawn on the way. */
  readonly plannedEvents: number;
  /** Parents before their children. */
  readonly categories: readonly Category[];
  items(): Iterable<Item>;
  /** Events in the order of the file: visitor by visitor, shuffled in blocks, with exact duplicates. */
  events(): Iterable<EventInput>;
}

/** Events that are shuffled together; bounds the memory, and keeps the rows of a visitor apart. */
const BLOCK_EVENTS = 65_536;

/**
 * Generates a shop from a seed: categories, items, and the events of visitors one after another in bounded memory
 * (a few bytes for each visitor, and the catalogue).
 *
 * @throws SommelierError `invalid-request` if an option is outside its limits.
 */
export function generateShop(input: ShopOptions): GeneratedShop {
  const parsed = shopOptionsSchema.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SommelierError(
      'invalid-request',
      `The shop's option "${issue?.path.join('.') ?? ''}" is not valid: ${issue?.message ?? ''}.`,
    );
  }
  const items =
    parsed.data.items ?? Math.max(FEWEST_ITEMS, Math.round(parsed.data.visitors * ITEMS_PER_VISITOR));
  const options = { ...parsed.data, items };
  const catalogue = stockCatalogue(items, options.concentration, options.seed);
  const calendar = openCalendar(options.endMs, options.days, options.seed);
  const activity = drawActivity(options.visitors, options.activity, options.seed);
  let plannedEvents = 0;
  for (const count of activity) plannedEvents += count;
  return {
    options,
    plannedEvents,
    categories: categoriesOf(catalogue),
    items: () => itemsOf(catalogue, calendar.startMs),
    events: () => eventsInBlocks(eventsByVisitor(catalogue, calendar, activity, options.seed), options.seed),
  };
}

function categoriesOf({ tree }: Catalogue): Category[] {
  return Array.from(tree.ids, (id, node) => {
    const parent = tree.parents[node]!;
    return { categoryId: String(id), parentId: parent < 0 ? null : String(tree.ids[parent]) };
  });
}

function* itemsOf(catalogue: Catalogue, updatedAtMs: number): Iterable<Item> {
  for (const [index, id] of catalogue.ids.entries()) {
    const node = catalogue.tree.leaves[catalogue.leafOfItem[index]!]!;
    yield {
      itemId: String(id),
      categoryId: String(catalogue.tree.ids[node]),
      available: catalogue.available[index] === 1,
      price: catalogue.prices[index]!,
      properties: {},
      updatedAtMs,
    };
  }
}

function* eventsByVisitor(
  catalogue: Catalogue,
  calendar: Calendar,
  activity: Uint16Array,
  seed: number,
): Iterable<EventInput> {
  const userIds = new RandomStream(seed, STREAMS.visitorIds).permutation(activity.length);
  const random = new RandomStream(seed, STREAMS.visitor);
  let orders = 0;
  for (const [visitor, count] of activity.entries()) {
    random.restart(seed, STREAMS.visitor, visitor);
    const steps = drawSteps(drawIntentions(count, random), catalogue, random);
    const times = drawTimes(steps, calendar, random);
    const userId = String(userIds[visitor]);
    let ordersOfVisitor = 0;
    for (const [index, step] of steps.entries()) {
      const event = toEvent(step, userId, times[index]!, catalogue, orders);
      yield event;
      if (random.chance(DUPLICATE_SHARES[step.type])) yield event;
      ordersOfVisitor = Math.max(ordersOfVisitor, step.order + 1);
    }
    orders += ordersOfVisitor;
  }
}

const DUPLICATE_SHARES: Record<Step['type'], number> = {
  view: PUBLISHED.duplicateRows.view / PUBLISHED.eventsByType.view,
  addtocart: PUBLISHED.duplicateRows.addtocart / PUBLISHED.eventsByType.addtocart,
  transaction: 0,
};

function toEvent(
  step: Step,
  userId: string,
  timestampMs: number,
  catalogue: Catalogue,
  ordersBefore: number,
): EventInput {
  const event = { timestampMs, userId, itemId: String(catalogue.ids[step.item]), type: step.type };
  return step.order < 0 ? event : { ...event, transactionId: String(ordersBefore + step.order) };
}

/** The events of each block in random order, so that no reader may rely on the file being sorted. */
function* eventsInBlocks(events: Iterable<EventInput>, seed: number): Iterable<EventInput> {
  const random = new RandomStream(seed, STREAMS.rows);
  let block: EventInput[] = [];
  for (const event of events) {
    block.push(event);
    if (block.length < BLOCK_EVENTS) continue;
    random.shuffle(block);
    yield* block;
    block = [];
  }
  random.shuffle(block);
  yield* block;
}
