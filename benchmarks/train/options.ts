import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run bench:train -- --json FILE [options]

Measures training, samples a second by engine, batch size, vocabulary and threads, each in a process of its own:
sommelier's engines, PyTorch (where a Python with torch is found) and the same kernel in C (where gcc is found).
Then trains all of them for the same number of epochs and ranks held-out items, so that speed is not bought with
learning. The data is made up, from a fixed seed.

  --seconds X       measured time of a cell and round (3)
  --warm X          time before that, not counted (2)
  --rounds N        rounds; the engines take turns within one (3)
  --cells REGEX     only cells whose name matches: ENGINE/VOCABULARY/bBATCH/tTHREADS, e.g. "^(wasm|torch-sparse)/small/"
  --node PATH       another Node.js for the engine wasm-relaxed (this one, if it has relaxed SIMD: 22 or newer)
  --python PATH     Python with torch (/usr/bin/python3, then python3)
  --quality-epochs N  epochs of the comparison of learning, 0 = leave it out (6)
  --quick           a smoke run: one short round of the small vocabulary, one epoch`;

export interface TrainOptions {
  readonly json: string;
  readonly seconds: number;
  readonly warm: number;
  readonly rounds: number;
  readonly cells: RegExp;
  readonly node: string | undefined;
  readonly python: string | undefined;
  readonly qualityEpochs: number;
  readonly qualitySeeds: readonly number[];
  readonly quick: boolean;
}

const FULL = { seconds: '3', warm: '2', rounds: '3', 'quality-epochs': '6' };
const QUICK = { seconds: '0.5', warm: '0.3', rounds: '1', 'quality-epochs': '1' };

/** @throws UsageError */
export function parseOptions(args: readonly string[]): TrainOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  if (!values.json) throw new UsageError('--json is needed');
  const presets = values.quick ? QUICK : FULL;
  const text = (name: keyof typeof FULL) => values[name] ?? presets[name];
  return {
    json: values.json,
    seconds: numberOf('seconds', text('seconds'), 0.1),
    warm: numberOf('warm', text('warm'), 0),
    rounds: wholeOf('rounds', text('rounds'), 1),
    cells: pattern(values.cells),
    node: values.node,
    python: values.python,
    qualityEpochs: wholeOf('quality-epochs', text('quality-epochs'), 0),
    qualitySeeds: values.quick ? [42] : [42, 43, 44],
    quick: values.quick,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return optionTexts(args, {
    json: text,
    seconds: text,
    warm: text,
    rounds: text,
    cells: { type: 'string', default: '' },
    node: text,
    python: text,
    'quality-epochs': text,
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--cells: ${error instanceof Error ? error.message : error}`);
  }
}
