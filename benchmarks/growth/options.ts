import { type Preset, presetSchema } from '@sommelier/contracts';
import { optionTexts } from '../report/option-texts.ts';
import { numberOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

const DEFAULT_SIZES = '0.1,1,3,10,30';
const MIN_SIZE = 0.01;
/** The generator makes at most 10 million visitors. */
const MAX_SIZE = 90;
const MAX_EPOCHS = 100;

export const USAGE = `Usage: npm run bench:growth -- --json FILE [options]

Whole training runs of a real worker on generated shops of growing size: seconds of each stage and the worker's peak
memory, and the exponent of their growth (1 = linear). Linux, and a redis-server on the PATH or REDIS_URL.

  --sizes A,B,...   millions of events (${DEFAULT_SIZES})
  --keep DIR        keep the generated databases in DIR, and use those that are there already
  --engine NAME     the worker's ENGINE (auto)
  --preset NAME     ${presetSchema.options.join(', ')}: the network and its training (paper). The tables of the others
                    take 3 to 7 times the memory
  --epochs N        epochs of the search for their number, each of which passes over all events (1)`;

export interface GrowthOptions {
  readonly json: string;
  /** Millions of events, ascending. */
  readonly sizes: readonly number[];
  readonly keep: string | undefined;
  readonly engine: string;
  readonly preset: Preset;
  readonly epochs: number;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): GrowthOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const { json, keep, engine } = values;
  if (!json) throw new UsageError('--json is needed');
  const epochs = numberOf('epochs', values.epochs);
  if (!Number.isInteger(epochs) || epochs < 1 || epochs > MAX_EPOCHS) {
    throw new UsageError(`--epochs: ${epochs} is not a whole number of 1 to ${MAX_EPOCHS}`);
  }
  const preset = presetSchema.safeParse(values.preset);
  if (!preset.success)
    throw new UsageError(`--preset: "${values.preset}" is not one of ${presetSchema.options.join(', ')}`);
  return { json, keep, engine, epochs, preset: preset.data, sizes: sizesOf(values.sizes) };
}

function parse(args: readonly string[]) {
  return optionTexts(args, {
    json: { type: 'string' },
    sizes: { type: 'string', default: DEFAULT_SIZES },
    keep: { type: 'string' },
    engine: { type: 'string', default: 'auto' },
    preset: { type: 'string', default: 'paper' },
    epochs: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  });
}

function sizesOf(text: string): number[] {
  const sizes = [...new Set(text.split(',').map((part) => numberOf('sizes', part)))].sort((a, b) => a - b);
  const wrong = sizes.find((size) => size < MIN_SIZE || size > MAX_SIZE);
  if (wrong !== undefined)
    throw new UsageError(`--sizes: ${wrong} is not ${MIN_SIZE} to ${MAX_SIZE} million events`);
  return sizes;
}
