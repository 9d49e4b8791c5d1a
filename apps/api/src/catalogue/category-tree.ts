import type { Category } from '@sommelier/contracts';

/**
 * The shop's categories: an index for each id that an item or the tree names, from 1 on (0 = none), and what lies below
 * each. An index stays, whatever changes in the tree.
 */
export class CategoryTree {
  readonly #indexById = new Map<string, number>();
  readonly #ids: string[] = [''];
  #children = new Map<number, number[]>();

  /** The largest index. */
  get count(): number {
    return this.#ids.length - 1;
  }

  /** Index of a category, a new one for an id that has none; 0 for null. */
  intern(categoryId: string | null): number {
    if (categoryId === null) return 0;
    const known = this.#indexById.get(categoryId);
    if (known !== undefined) return known;
    this.#ids.push(categoryId);
    this.#indexById.set(categoryId, this.count);
    return this.count;
  }

  /** @throws RangeError when there is no such index */
  idAt(index: number): string {
    const id = this.#ids[index];
    if (id === undefined || index === 0)
      throw new RangeError(`there is no category ${index} of ${this.count}`);
    return id;
  }

  /** Takes another tree in place of the present one. */
  setParents(categories: readonly Category[]): void {
    this.#children = new Map();
    for (const { categoryId, parentId } of categories) {
      const index = this.intern(categoryId);
      if (parentId === null) continue;
      const parent = this.intern(parentId);
      const siblings = this.#children.get(parent);
      if (siblings === undefined) this.#children.set(parent, [index]);
      else siblings.push(index);
    }
  }

  /**
   * The categories with all that lies below them: `[count + 1]`, 1 where the category belongs to it. An unknown id adds
   * nothing. In a cycle, each of its categories lies below each other.
   */
  withDescendants(categoryIds: readonly string[]): Uint8Array {
    const reached = new Uint8Array(this.count + 1);
    const open = categoryIds.flatMap((id) => this.#indexById.get(id) ?? []);
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (reached[index] === 1) continue;
      reached[index] = 1;
      open.push(...(this.#children.get(index) ?? []));
    }
    return reached;
  }
}
