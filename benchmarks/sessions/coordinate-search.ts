/** Values of one option at a time, the others held, until a whole pass finds nothing better. */
export function coordinateSearch<T extends object>(
  start: T,
  grid: { readonly [K in keyof T]?: readonly T[K][] },
  objective: (options: T) => number,
  onTried: (options: T, value: number) => void,
  maxPasses = 3,
): { best: T; value: number } {
  let best = start;
  let value = objective(start);
  onTried(start, value);
  for (let pass = 0; pass < maxPasses; pass++) {
    const before = value;
    for (const key of Object.keys(grid) as (keyof T)[]) {
      for (const choice of grid[key] ?? []) {
        if (choice === best[key]) continue;
        const options = { ...best, [key]: choice };
        const tried = objective(options);
        onTried(options, tried);
        if (!(tried > value)) continue;
        best = options;
        value = tried;
      }
    }
    if (value === before) break;
  }
  return { best, value };
}
