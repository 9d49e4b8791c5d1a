import type { Intentions } from './activity.ts';
import type { Catalogue, Nearness } from './catalogue.ts';
import type { RandomStream } from './random-stream.ts';

/** One row that a visitor leaves, without its time. */
export interface Step {
  /** Place in the visitor's sequence; equal for the rows of one order. */
  place: number;
  type: 'view' | 'addtocart' | 'transaction';
  /** Index into the catalogue. */
  item: number;
  /** Whether a visit begins here. */
  beginsVisit: boolean;
  /** Number of the order among the visitor's, -1 for anything but a transaction. */
  order: number;
}

/** How the next new item is found, from a visitor's taste; the rest is a click on anything in the shop. */
const NEARNESS: readonly (readonly [cumulativeShare: number, nearness: Nearness])[] = [
  [0.72, 'shelf'],
  [0.86, 'category'],
  [0.94, 'department'],
  [1, 'shop'],
];
const FURTHER_TASTE = 0.3;
const FURTHER_TASTE_PER_EVENT = 0.02;
const MOST_TASTES = 60;
const SECOND_TASTE_IN_DEPARTMENT = 0.5;

/** A view begins a new visit with this probability; who looks at much stays for longer. */
const NEW_VISIT = 0.34;
const NEW_VISIT_OF_BUSY_VISITOR = 0.255;
const BUSY_VISITOR_VIEWS = 10;
/** A view goes back to something seen before with this probability, mostly to one of the last few. */
const REVISIT = 0.352;
const REVISIT_RECENT = 0.8;
const RECENT_VIEWS = 4;
/** Who looks for something new skips what they remember. */
const REMEMBERED_VIEWS = 40;
const TRIES_FOR_UNSEEN = 4;

const CART_WITHOUT_VIEW = 0.28;
const CART_BEFORE_VIEW = 0.055;
const PURCHASE_BEFORE_CART = 0.0025;
const PURCHASE_IN_LATER_VISIT = 0.12;
/** A further bought item joins the order before it: more often if that has several already, less for bulk buyers. */
const JOINS_SINGLE = 0.47;
const JOINS_SINGLE_OF_BULK_BUYER = 0.1;
const JOINS_SEVERAL = 0.68;
const BULK_BUYER_PURCHASES = 8;

/** Everything that a visitor does, in the order in which they do it. */
export function drawSteps(intentions: Intentions, catalogue: Catalogue, random: RandomStream): Step[] {
  const tastes = drawTastes(intentions.views, catalogue, random);
  const steps = drawViews(intentions.views, tastes, catalogue, random);
  if (intentions.carts + intentions.purchases === 0) return steps;
  const carts = drawCarts(intentions.carts, steps, tastes, catalogue, random);
  const purchases = drawPurchases(intentions.purchases, carts, steps, tastes, catalogue, random);
  steps.push(...carts, ...purchases);
  return steps.sort((a, b) => a.place - b.place);
}

/** Items that stand for what the visitor likes; the first few matter most. */
function drawTastes(views: number, catalogue: Catalogue, random: RandomStream): number[] {
  const first = catalogue.draw(random);
  const tastes = [first];
  let further = random.binomial(views - 1, FURTHER_TASTE_PER_EVENT);
  while (random.chance(FURTHER_TASTE)) further++;
  for (; further > 0 && tastes.length < MOST_TASTES; further--) {
    const nearness = random.chance(SECOND_TASTE_IN_DEPARTMENT) ? 'department' : 'shop';
    tastes.push(catalogue.drawNear(first, nearness, random));
  }
  return tastes;
}

function drawViews(
  count: number,
  tastes: readonly number[],
  catalogue: Catalogue,
  random: RandomStream,
): Step[] {
  const steps: Step[] = [];
  const newVisit = count < BUSY_VISITOR_VIEWS ? NEW_VISIT : NEW_VISIT_OF_BUSY_VISITOR;
  let taste = tastes[0]!;
  for (let place = 0; place < count; place++) {
    const beginsVisit = place > 0 && random.chance(newVisit);
    // The smaller of two numbers: earlier tastes are followed more often.
    if (beginsVisit) taste = tastes[Math.min(random.below(tastes.length), random.below(tastes.length))]!;
    const revisited = place > 0 && random.chance(REVISIT) ? drawSeen(steps, random) : undefined;
    const item = revisited ?? drawUnseen(steps, taste, catalogue, random);
    steps.push({ place, type: 'view', item, beginsVisit, order: -1 });
  }
  return steps;
}

function drawSeen(steps: readonly Step[], random: RandomStream): number {
  const from = random.chance(REVISIT_RECENT) ? Math.max(0, steps.length - RECENT_VIEWS) : 0;
  return steps[from + random.below(steps.length - from)]!.item;
}

/** A new item by taste; one seen among the last views is drawn again, unless there is hardly anything else. */
function drawUnseen(
  steps: readonly Step[],
  taste: number,
  catalogue: Catalogue,
  random: RandomStream,
): number {
  let item = drawByTaste(taste, catalogue, random);
  for (let tries = 1; tries < TRIES_FOR_UNSEEN && isAmongLast(steps, item); tries++)
    item = drawByTaste(taste, catalogue, random);
  return item;
}

function isAmongLast(steps: readonly Step[], item: number): boolean {
  for (let index = steps.length - 1; index >= Math.max(0, steps.length - REMEMBERED_VIEWS); index--)
    if (steps[index]!.item === item) return true;
  return false;
}

function drawByTaste(taste: number, catalogue: Catalogue, random: RandomStream): number {
  const draw = random.uniform();
  const [, nearness] = NEARNESS.find(([share]) => draw < share) ?? [1, 'shop' as const];
  return catalogue.drawNear(taste, nearness, random);
}

/** Carts follow one of the views of their item at once; some precede it, and some items were never viewed. */
function drawCarts(
  count: number,
  views: readonly Step[],
  tastes: readonly number[],
  catalogue: Catalogue,
  random: RandomStream,
): Step[] {
  const carts: Step[] = [];
  const carted = new Set<number>();
  for (let made = 0; made < count; made++) {
    const view = drawUncarted(views, carted, random);
    const withoutView = view === undefined || random.chance(CART_WITHOUT_VIEW);
    const item = withoutView ? drawByTaste(tastes[0]!, catalogue, random) : view.item;
    carted.add(item);
    const place = withoutView ? random.uniform() * views.length : placeOfCart(view, views, random);
    carts.push({ place, type: 'addtocart', item, beginsVisit: false, order: -1 });
  }
  return carts.sort((a, b) => a.place - b.place);
}

/** A view of something that is not in the cart yet, if a few tries find one. */
function drawUncarted(
  views: readonly Step[],
  carted: ReadonlySet<number>,
  random: RandomStream,
): Step | undefined {
  for (let tries = 0; tries < 4 && views.length > 0; tries++) {
    const view = views[random.below(views.length)]!;
    if (!carted.has(view.item)) return view;
  }
  return undefined;
}

function placeOfCart(view: Step, views: readonly Step[], random: RandomStream): number {
  const shift = 0.2 + 0.3 * random.uniform();
  if (!random.chance(CART_BEFORE_VIEW)) return view.place + shift;
  const firstView = views.find((other) => other.item === view.item) ?? view;
  return firstView.place - shift;
}

/** Purchases take what is in the cart, in the order of the carts, and now and then something else. */
function drawPurchases(
  count: number,
  carts: readonly Step[],
  views: readonly Step[],
  tastes: readonly number[],
  catalogue: Catalogue,
  random: RandomStream,
): Step[] {
  const joinsSingle = count < BULK_BUYER_PURCHASES ? JOINS_SINGLE : JOINS_SINGLE_OF_BULK_BUYER;
  const purchases: Step[] = [];
  let orderRows: Step[] = [];
  for (let made = 0; made < count; made++) {
    if (made > 0 && !random.chance(orderRows.length > 1 ? JOINS_SEVERAL : joinsSingle)) orderRows = [];
    const cart = carts[Math.floor((made * carts.length) / count)];
    const isNew = cart !== undefined && !orderRows.some((row) => row.item === cart.item);
    const item = isNew ? cart.item : drawUnlisted(orderRows, views, tastes, catalogue, random);
    if (item === undefined) orderRows = [];
    const earliest = isNew ? cart.place : (views[views.length - 1]?.place ?? 0);
    const order = orderRows[0]?.order ?? (purchases[purchases.length - 1]?.order ?? -1) + 1;
    const place = placeOfPurchase(earliest, isNew && random.chance(PURCHASE_BEFORE_CART), random);
    const row: Step = {
      place,
      type: 'transaction',
      item: item ?? drawByTaste(tastes[0]!, catalogue, random),
      beginsVisit: orderRows.length === 0 && random.chance(PURCHASE_IN_LATER_VISIT),
      order,
    };
    orderRows.push(row);
    purchases.push(row);
    const placeOfOrder = Math.max(...orderRows.map((other) => other.place));
    for (const other of orderRows) other.place = placeOfOrder;
  }
  return purchases;
}

function placeOfPurchase(earliest: number, beforeCart: boolean, random: RandomStream): number {
  // Not before the next view, which may be that of the item if the cart came first.
  return beforeCart ? earliest - 0.01 : Math.ceil(earliest) + 0.01 + 0.6 * random.uniform();
}

/** An item that the order does not have yet: seen lately if possible. */
function drawUnlisted(
  orderRows: readonly Step[],
  views: readonly Step[],
  tastes: readonly number[],
  catalogue: Catalogue,
  random: RandomStream,
): number | undefined {
  for (let tries = 0; tries < 4; tries++) {
    const item = views.length > 0 ? drawSeen(views, random) : drawByTaste(tastes[0]!, catalogue, random);
    if (!orderRows.some((row) => row.item === item)) return item;
  }
  return undefined;
}
