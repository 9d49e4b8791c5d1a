import type { Change, ChangeKind, ChangeStore } from '@sommelier/platform';

/** A table of changes in memory, whose rows a test commits in whatever order it likes. */
export class ChangeTable implements ChangeStore {
  rows: Change[] = [];
  /** The database's clock. */
  nowMs = 1_000_000;
  failing = false;
  readonly reads: number[] = [];

  commit(id: number, kind: ChangeKind = 'user', subject = `u${id}`): void {
    this.rows = [...this.rows, { id, kind, subject, atMs: this.nowMs }].sort((a, b) => a.id - b.id);
  }

  async newest(minAgeMs: number) {
    this.#answer();
    return this.rows.findLast(({ atMs }) => atMs <= this.nowMs - minAgeMs);
  }

  async readAfter(id: number, limit: number) {
    this.#answer();
    const page = this.rows.filter((row) => row.id > id).slice(0, limit);
    this.reads.push(page.length);
    return page;
  }

  async between(fromId: number, toId: number) {
    this.#answer();
    const rows = this.rows.filter(({ id }) => id >= fromId && id <= toId);
    return { rows: rows.length, firstAtMs: rows.find(({ id }) => id === fromId)?.atMs };
  }

  async prune(minAgeMs: number) {
    this.#answer();
    const before = this.rows.length;
    const newest = this.rows.at(-1)?.id;
    this.rows = this.rows.filter(({ id, atMs }) => id === newest || atMs > this.nowMs - minAgeMs);
    return before - this.rows.length;
  }

  #answer(): void {
    if (this.failing) throw new Error('the database is away');
  }
}
