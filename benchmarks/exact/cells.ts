import type { ScoreCell } from '../score/cells.ts';

/** A model that is asked, and its share of the users. */
export interface ExactCell extends ScoreCell {
  readonly name: string;
  readonly share: number;
}

/** ML-1M's catalogue and a larger one, in the shapes of the presets; the larger, the fewer users. */
export const CELLS: readonly ExactCell[] = [
  { name: 'paper', items: 3_706, factors: 8, layers: [64, 32, 16, 8], share: 0.4 },
  { name: 'fast', items: 3_706, factors: 96, layers: [64, 32, 16], share: 0.3 },
  { name: 'best', items: 3_706, factors: 192, layers: [128, 64, 32], share: 0.15 },
  { name: 'fast-20k', items: 20_000, factors: 96, layers: [64, 32, 16], share: 0.1 },
  { name: 'paper-20k', items: 20_000, factors: 8, layers: [64, 32, 16, 8], share: 0.05 },
];

export function usersOf({ share }: ExactCell, users: number): number {
  return Math.max(1, Math.round(share * users));
}
