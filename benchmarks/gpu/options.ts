import { optionTexts } from '../report/option-texts.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run bench:gpu -- [--json FILE] [options]

Samples a second of the TensorFlow.js engine on this machine's GPU by batch size, on a synthetic vocabulary of the size of
MovieLens-1M, beside PyTorch on the same card where python3 imports torch and torch sees CUDA.

  --json FILE          where the figures are written, with versions and hardware
  --engine NAME        auto, tensorflow (CUDA) or webgpu (auto)
  --batch-sizes A,B    samples in one optimiser step (4096,16384,65536,262144)
  --pairs N            positives in an epoch, each with 4 negatives (994169)
  --seconds N          least time that is measured for each batch size (5)
  --factors N          width of the GMF embeddings (8)
  --layers A,B,...     MLP tower; "none" = GMF only, without PyTorch (64,32,16,8)
  --python PATH        Python that has PyTorch (python3)
  --no-torch           measures our engine alone
  --software           goes on without a GPU: shows that the command works, its figures say nothing`;

/** MovieLens-1M without each user's last item. */
export const USERS = 6_040;
export const ITEMS = 3_706;

export interface GpuOptions {
  readonly json: string | undefined;
  readonly engine: 'auto' | 'tensorflow' | 'webgpu';
  readonly batchSizes: readonly number[];
  readonly pairs: number;
  readonly seconds: number;
  readonly factors: number;
  readonly layers: readonly number[];
  readonly python: string;
  readonly torch: boolean;
  readonly software: boolean;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): GpuOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const { engine } = values;
  if (engine !== 'auto' && engine !== 'tensorflow' && engine !== 'webgpu') {
    throw new UsageError(`--engine: "${engine.slice(0, 40)}" is none of auto, tensorflow and webgpu`);
  }
  const layers = values.layers === 'none' ? [] : integers('layers', values.layers, 1_024);
  if (layers.length > 0 && layers[0]! % 2 === 1) throw new UsageError('--layers: the first one must be even');
  return {
    json: values.json,
    engine,
    batchSizes: integers('batch-sizes', values['batch-sizes'], 2 ** 20),
    pairs: integer('pairs', values.pairs, USERS * ITEMS),
    seconds: integer('seconds', values.seconds, 3_600),
    factors: integer('factors', values.factors, 512),
    layers,
    python: values.python,
    torch: !values['no-torch'],
    software: values.software,
  };
}

function parse(args: readonly string[]) {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const flag = { type: 'boolean', default: false } as const;
  return optionTexts(args, {
    json: { type: 'string' },
    engine: text('auto'),
    'batch-sizes': text('4096,16384,65536,262144'),
    pairs: text('994169'),
    seconds: text('5'),
    factors: text('8'),
    layers: text('64,32,16,8'),
    python: text('python3'),
    'no-torch': flag,
    software: flag,
    help: flag,
  });
}

function integers(option: string, text: string, most: number): number[] {
  return text.split(',').map((part) => integer(option, part, most));
}

function integer(option: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(`--${option}: "${text.slice(0, 40)}" is not a whole number from 1 to ${most}`);
  }
  return value;
}
