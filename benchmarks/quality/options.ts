import { parseArgs } from 'node:util';
import {
  type ModelConfig,
  modelConfigSchema,
  type TrainingConfig,
  trainingConfigSchema,
} from '@sommelier/contracts';
import type { TfjsBackend } from '@sommelier/ncf/training';
import { z } from 'zod';

export const USAGE = `Usage: npm run bench:quality -- --data DIR --name NAME --json FILE [options]

Trains NeuMF on DIR/NAME.train.rating[.gz] and ranks DIR/NAME.test.rating against DIR/NAME.test.negative: the
leave-one-out protocol of He et al. (WWW 2017). The number of epochs is chosen on each user's last training item.

  --factors N          width of the GMF embeddings (8)
  --layers A,B,...     MLP tower, as in the paper; "none" = GMF only (64,32,16,8)
  --epochs N           most epochs that are tried (30)
  --patience N         epochs without a better validation NDCG after which the search stops (4)
  --batch-size N       samples in one optimiser step (8192)
  --learning-rate X    Adam's step size (0.004)
  --l2 X               L2 penalty (0.000001)
  --negatives N        sampled negatives for each positive (4)
  --init-sigma X       standard deviation of the initial embeddings (0.05)
  --seed N             seed of everything random (42)
  --engine NAME        auto, tensorflow, webgpu, wasm or cpu (auto)`;

export interface QualityOptions {
  readonly data: string;
  readonly name: string;
  readonly json: string;
  readonly engine: 'auto' | TfjsBackend;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
}

/** A command line that cannot be run: the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const engineSchema = z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']);

/** @throws UsageError */
export function parseOptions(args: readonly string[]): QualityOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  const { data, name, json } = values;
  if (!data || !name || !json) throw new UsageError('--data, --name and --json are needed');
  const model = modelConfigSchema.safeParse({
    factors: number('factors', values.factors),
    layers: values.layers === 'none' ? [] : values.layers.split(',').map((part) => number('layers', part)),
  });
  const training = trainingConfigSchema.safeParse({
    epochs: number('epochs', values.epochs),
    patience: number('patience', values.patience),
    batchSize: number('batch-size', values['batch-size']),
    learningRate: number('learning-rate', values['learning-rate']),
    l2: number('l2', values.l2),
    negativesPerPositive: number('negatives', values.negatives),
    initSigma: number('init-sigma', values['init-sigma']),
    seed: number('seed', values.seed),
    // The paper's loss: every positive counts the same.
    strengthWeight: 'none',
  });
  const engine = engineSchema.safeParse(values.engine);
  for (const { error } of [model, training, engine]) {
    if (error !== undefined) throw new UsageError(z.prettifyError(error));
  }
  return { data, name, json, engine: engine.data!, model: model.data!, training: training.data! };
}

function parse(args: readonly string[]) {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        name: { type: 'string' },
        json: { type: 'string' },
        factors: text('8'),
        layers: text('64,32,16,8'),
        epochs: text('30'),
        patience: text('4'),
        'batch-size': text('8192'),
        'learning-rate': text('0.004'),
        l2: text('1e-6'),
        negatives: text('4'),
        'init-sigma': text('0.05'),
        seed: text('42'),
        engine: text('auto'),
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new UsageError(`--${option}: "${text.slice(0, 40)}" is not a number`);
  }
  return value;
}
