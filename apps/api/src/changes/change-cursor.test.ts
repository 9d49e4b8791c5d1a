import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChangeCursor, OVERLAP_MS } from './change-cursor.ts';
import { ChangeTable } from './testing/change-table.ts';

/** A reader whose own clock and the database's run equally fast, but show different times. */
function reader() {
  const table = new ChangeTable();
  const clock = { ms: 50 };
  const cursor = new ChangeCursor(table, () => clock.ms);
  const pass = (ms: number) => {
    clock.ms += ms;
    table.nowMs += ms;
  };
  const read = async () => {
    const { changes, lost } = await cursor.read();
    cursor.remember(changes);
    return lost ? 'lost' : changes.map(({ id }) => id);
  };
  return { table, clock, cursor, pass, read };
}

describe('a place in the log of changes', () => {
  it('begins with the overlap before the newest row, and gives each row once', async () => {
    const { table, pass, read } = reader();
    table.commit(1);
    table.commit(2);
    pass(OVERLAP_MS);
    table.commit(4);
    expect(await read()).toEqual([4]);
    expect(await read()).toEqual([]);
    table.commit(5);
    table.commit(7);
    expect(await read()).toEqual([5, 7]);
    expect(await read()).toEqual([]);
  });

  it('begins in an empty table', async () => {
    const { table, read } = reader();
    expect(await read()).toEqual([]);
    table.commit(1);
    expect(await read()).toEqual([1]);
    expect(await read()).toEqual([]);
  });

  it('finds rows that commit after ones with greater ids, also ones from before the first reading', async () => {
    const { table, pass, read } = reader();
    table.commit(10);
    expect(await read()).toEqual([10]);
    table.commit(3);
    table.commit(20);
    expect(await read()).toEqual([3, 20]);
    pass(OVERLAP_MS - 1);
    table.commit(15);
    expect(await read()).toEqual([15]);
    expect(await read()).toEqual([]);
  });

  it('asks for no row again while none is late', async () => {
    const { table, pass, read } = reader();
    for (let id = 1; id <= 100; id++) table.commit(id);
    await read();
    table.reads.length = 0;
    for (let round = 0; round < 10; round++) {
      pass(500);
      table.commit(101 + round);
      await read();
    }
    expect(table.reads).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it('goes on through a failure without a loss', async () => {
    const { table, cursor, read } = reader();
    table.commit(1);
    await read();
    table.failing = true;
    await expect(cursor.read()).rejects.toThrow('away');
    table.commit(2);
    table.failing = false;
    expect(await read()).toEqual([2]);
  });

  it('gives rows again that were not handled', async () => {
    const { table, cursor, read } = reader();
    table.commit(1);
    await read();
    table.commit(2);
    expect((await cursor.read()).changes).toHaveLength(1);
    expect(await read()).toEqual([2]);
  });

  it.each([
    ['was emptied', (table: ChangeTable) => table.rows.splice(0)],
    [
      'begins anew with the same ids',
      (table: ChangeTable) => {
        table.rows.splice(0);
        for (let id = 1; id < 9; id++) table.commit(id);
      },
    ],
    [
      'was cut beyond its place',
      (table: ChangeTable) => {
        table.rows.splice(0);
        table.commit(90);
      },
    ],
  ])('says when the table %s', async (_name, replace) => {
    const { table, pass, read } = reader();
    for (let id = 1; id < 6; id++) table.commit(id);
    await read();
    pass(OVERLAP_MS);
    await read();
    pass(5);
    replace(table);
    expect(await read()).toBe('lost');
    expect(await read()).toEqual([]);
    table.commit(100);
    expect(await read()).toEqual([100]);
  });

  it('stays when all rows but the newest are pruned', async () => {
    const { table, pass, read } = reader();
    for (let id = 1; id < 6; id++) table.commit(id);
    await read();
    pass(OVERLAP_MS);
    await read();
    pass(3_600_000);
    await table.prune(1_000);
    expect(table.rows).toHaveLength(1);
    expect(await read()).toEqual([]);
    table.commit(6);
    expect(await read()).toEqual([6]);
  });

  it('does not mind a database’s clock that is set', async () => {
    const { table, pass, read } = reader();
    table.commit(1);
    await read();
    table.nowMs -= 500_000;
    table.commit(3);
    expect(await read()).toEqual([3]);
    pass(OVERLAP_MS);
    table.commit(4);
    expect(await read()).toEqual([4]);
    table.nowMs += 900_000;
    table.commit(2);
    expect(await read()).toEqual([]);
    table.commit(5);
    expect(await read()).toEqual([5]);
  });

  it('gives a flood in parts, all of it', async () => {
    const { table, cursor } = reader();
    await cursor.read();
    table.rows = Array.from({ length: 120_000 }, (_, index) => ({
      id: index + 1,
      kind: 'user' as const,
      subject: 'u',
      atMs: table.nowMs,
    }));
    const parts: number[] = [];
    for (let complete = false; !complete; ) {
      const found = await cursor.read();
      cursor.remember(found.changes);
      parts.push(found.changes.length);
      complete = found.complete;
    }
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(120_000);
    expect(Math.max(...parts)).toBeLessThan(60_000);
    expect((await cursor.read()).changes).toEqual([]);
  });

  it('gives every row exactly once, whatever the order of commits within the overlap', async () => {
    const transaction = fc.record({
      openForMs: fc.nat(OVERLAP_MS - 1),
      pauseMs: fc.nat(2_000),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(transaction, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3_000 }),
        async (all, pollMs) => {
          const { table, clock, pass, read } = reader();
          let beginsMs = clock.ms;
          const commits = all.map(({ openForMs, pauseMs, fails }, index) => {
            beginsMs += pauseMs;
            return { id: index + 1, atMs: beginsMs + openForMs, fails };
          });
          const given: (number | string)[] = [];
          const endMs = beginsMs + 2 * OVERLAP_MS;
          const waiting = new Set(commits);
          while (clock.ms < endMs) {
            for (const commit of waiting) {
              if (commit.atMs > clock.ms) continue;
              waiting.delete(commit);
              if (!commit.fails) table.commit(commit.id);
            }
            given.push(...(await read()));
            pass(pollMs);
          }
          const expected = commits.filter(({ fails }) => !fails).map(({ id }) => id);
          expect([...given].sort((a, b) => Number(a) - Number(b))).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });
});
