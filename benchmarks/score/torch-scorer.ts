import { join } from 'node:path';
import { benchmarksFolder } from '../train/benchmarks-folder.ts';
import { lastJsonLine, runChild } from '../train/child-process.ts';
import type { ScoreCell } from './cells.ts';

/** What the PyTorch program prints: CPU milliseconds of each call, a call of the batch is 64 users. */
export interface TorchTimes {
  readonly whole: readonly number[];
  readonly split: readonly number[];
  readonly batch: readonly number[];
  /** Items that go through the network together: the fastest number, by form. */
  readonly blocks: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 3_600_000;

/** @throws ChildError */
export async function runTorch(
  python: string,
  cell: ScoreCell,
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
): Promise<TorchTimes> {
  const output = await runChild(
    python,
    [
      join(benchmarksFolder(), 'peers', 'torch_score.py'),
      ...['--items', `${cell.items}`, '--factors', `${cell.factors}`, '--layers', cell.layers.join(',')],
      ...['--seconds', `${seconds}`, '--seed', `${seed}`],
    ],
    { timeoutMs: TIMEOUT_MS },
  );
  return lastJsonLine(output) as TorchTimes;
}
