import type { IdTable } from '@sommelier/ncf';
import { type ItemRows, NO_ROW } from './item-rows.ts';
import { createPause } from './yield-to-event-loop.ts';

const ITEMS_A_LOOK = 512;

/** Which row each item of a model has, and its category: 8 bytes an item. */
export class ModelBinding {
  readonly itemIds: IdTable;
  /** `[items]`, `NO_ROW` = not in the table. */
  readonly rows: Uint32Array;
  /** `[items]`, index of the item's own category; 0 = none. In shared memory, and kept up to date there. */
  readonly groups: Uint32Array;

  constructor(itemIds: IdTable) {
    this.itemIds = itemIds;
    this.rows = new Uint32Array(itemIds.count);
    this.groups = new Uint32Array(new SharedArrayBuffer(4 * itemIds.count));
  }

  /** Looks all items up, in steps that let other work run; items that change meanwhile are to be given to `bind`. */
  async fill(rows: ItemRows): Promise<void> {
    const pause = createPause();
    for (let item = 0; item < this.rows.length; item++) {
      if (item % ITEMS_A_LOOK === 0) await pause();
      this.#set(item, rows.rowOf(this.itemIds.idAt(item)), rows);
    }
  }

  /** Takes over what changed about an item; gives its index in the model, -1 when it has none. */
  bind(itemId: string, row: number, rows: ItemRows): number {
    const item = this.itemIds.indexOf(itemId);
    if (item >= 0) this.#set(item, row, rows);
    return item;
  }

  #set(item: number, row: number, rows: ItemRows): void {
    this.rows[item] = row;
    this.groups[item] = row === NO_ROW ? 0 : rows.category[row]!;
  }
}
