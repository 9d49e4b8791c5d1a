import type { RowChunk, RowSource } from './row-source.ts';

/** Several files as one source, read one after the other; a bad row's reason then says in which it is. */
export function chainedSource<T>(sources: readonly RowSource<T>[]): RowSource<T> {
  const [first] = sources;
  if (first !== undefined && sources.length === 1) return first;
  return {
    name: sources.map(({ name }) => name).join(', '),
    unit: first?.unit ?? 'bytes',
    total: sources.reduce((sum, { total }) => sum + total, 0),
    chunks: () => readAll(sources),
  };
}

async function* readAll<T>(sources: readonly RowSource<T>[]): AsyncIterable<RowChunk<T>> {
  let before = 0;
  for (const { name, total, chunks } of sources) {
    for await (const { rows, bad, done } of chunks()) {
      const named = bad.map(({ line, reason }) => ({ line, reason: `${reason} (${name})` }));
      yield { rows, bad: named, done: before + done };
    }
    before += total;
  }
}
