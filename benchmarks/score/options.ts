import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';
import { CATALOGUES, TOWERS } from './cells.ts';

export const USAGE = `Usage: npm run bench:score -- --json FILE [options]

Measures the exact top 10 of one user and of 64 users at once, CPU milliseconds a user: sommelier's ranker, its float64
brute force with a full sort, and PyTorch with one thread (where a Python with torch is found): the whole network for
every pair, and its first layer split as sommelier splits it. The parameters are made up, from a fixed seed; the
ranker's answers are compared with the brute force's.

  --items A,B,...    catalogues (${CATALOGUES.join(',')})
  --factors A,B      widths, each with its tower, of ${[...TOWERS.keys()].join(', ')} (8,64)
  --seconds X        measured time of a figure, at least; every figure has one call at least (3)
  --build NAME       simd or relaxed-simd (what the Node.js has)
  --node PATH        another Node.js for the ranker, e.g. one with relaxed SIMD (this one)
  --python PATH      Python with torch (/usr/bin/python3, then python3)
  --seed N           seed of the parameters (42)`;

export interface ScoreOptions {
  readonly json: string;
  readonly items: readonly number[];
  readonly factors: readonly number[];
  readonly seconds: number;
  readonly build: 'simd' | 'relaxed-simd' | undefined;
  readonly node: string;
  readonly python: string | undefined;
  readonly seed: number;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): ScoreOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  if (!values.json) throw new UsageError('--json is needed');
  const { build } = values;
  if (build !== undefined && build !== 'simd' && build !== 'relaxed-simd') {
    throw new UsageError(`--build: "${build}" is neither simd nor relaxed-simd`);
  }
  const factors = values.factors.split(',').map((text) => wholeOf('factors', text, 1));
  for (const width of factors) {
    if (!TOWERS.has(width))
      throw new UsageError(`--factors: ${width} is none of ${[...TOWERS.keys()].join(', ')}`);
  }
  return {
    json: values.json,
    items: values.items.split(',').map((text) => wholeOf('items', text, 1)),
    factors,
    seconds: numberOf('seconds', values.seconds, 0.05),
    build,
    node: values.node ?? process.execPath,
    python: values.python,
    seed: wholeOf('seed', values.seed, 0),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return optionTexts(args, {
    json: text,
    items: { ...text, default: CATALOGUES.join(',') },
    factors: { ...text, default: '8,64' },
    seconds: { ...text, default: '3' },
    build: text,
    node: text,
    python: text,
    seed: { ...text, default: '42' },
    help: { type: 'boolean', default: false },
  });
}
