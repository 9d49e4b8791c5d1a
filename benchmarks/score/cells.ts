/** A model and catalogue that are measured. */
export interface ScoreCell {
  readonly items: number;
  readonly factors: number;
  readonly layers: readonly number[];
}

/** RetailRocket's catalogue, ML-1M's and a large shop's. */
export const CATALOGUES: readonly number[] = [3_706, 235_061, 1_000_000];
/** By factors: NeuMF's default tower, the usual one of a wide model, and those of the presets `fast` and `best`. */
export const TOWERS: ReadonlyMap<number, readonly number[]> = new Map([
  [8, [64, 32, 16, 8]],
  [64, [256, 128, 64]],
  [96, [64, 32, 16]],
  [192, [128, 64, 32]],
]);

/** The cell that the targets are about. */
export const TARGET = { items: 235_061, factors: 8, milliseconds: 10, ofTorchSplit: 0.5 };

export function cellsOf(items: readonly number[], factors: readonly number[]): ScoreCell[] {
  return factors.flatMap((width) =>
    items.map((count) => ({ items: count, factors: width, layers: TOWERS.get(width)! })),
  );
}

export function nameOf({ items, factors, layers }: ScoreCell): string {
  return `${items} items, ${factors} factors, layers ${layers.join('-')}`;
}
