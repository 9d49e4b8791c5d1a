import { ENGINE_NAMES, type EngineName, runConfigSchema } from '@sommelier/contracts';
import type { EngineSettings } from '@sommelier/ncf/training';
import { z } from 'zod';
import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run bench:quality -- (--data DIR --name NAME | --ratings FILE) --json FILE [options]

Trains NeuMF and ranks one held-out item of each user against 99 others: the leave-one-out protocol of He et al. (WWW
2017). --data takes the authors' own split, DIR/NAME.train.rating[.gz], .test.rating and .test.negative; --ratings a file
of "user item rating time" (also .gz), whose last item of each user is held out and whose 99 others are drawn here.
Pre-training and the number of epochs are chosen on each user's last training item; the test is ranked once a seed.

  --preset NAME        fast, best or paper (best); the options below take the place of the preset's own
  --seeds A,B,...      a training for each (42,43,44)
  --factors N          width of the GMF embeddings
  --layers A,B,...     MLP tower; "none" = GMF only
  --pretraining NAME   als or none
  --epochs N           most epochs that are tried
  --patience N         epochs without a better validation NDCG after which the search stops
  --batch-size N       samples in one optimiser step
  --learning-rate X    Adam's step size
  --l2 X               L2 penalty
  --negatives N        sampled negatives for each positive
  --engine NAME        auto, tensorflow, webgpu, wasm, tfjs-wasm or tfjs-cpu (auto)
  --threads N          threads of the wasm engine (as many as there are processors)`;

/** Where the data lies: a split of the authors' kind, or plain ratings. */
export type DataSource = { readonly folder: string; readonly name: string } | { readonly ratings: string };

export interface QualityOptions {
  readonly source: DataSource;
  readonly json: string;
  readonly preset: string;
  readonly engine: EngineName;
  readonly threads: number | undefined;
  readonly seeds: readonly number[];
  /** With the first seed; each training takes its own. */
  readonly settings: EngineSettings;
}

const engineSchema = z.enum(ENGINE_NAMES);
const MOST_SEEDS = 100;
const MOST_THREADS = 64;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): QualityOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  if (!values.json) throw new UsageError('--json is needed');
  const seeds = numbers('seeds', values.seeds);
  if (seeds.length > MOST_SEEDS) throw new UsageError(`--seeds: at most ${MOST_SEEDS}`);
  const given = (name: NumberOption) => {
    const text = values[name];
    return text === undefined ? undefined : numberOf(name, text);
  };
  const config = runConfigSchema.safeParse({
    preset: values.preset,
    model: defined({
      factors: given('factors'),
      layers:
        values.layers === undefined
          ? undefined
          : values.layers === 'none'
            ? []
            : numbers('layers', values.layers),
    }),
    training: defined({
      pretraining: values.pretraining,
      epochs: given('epochs'),
      patience: given('patience'),
      batchSize: given('batch-size'),
      learningRate: given('learning-rate'),
      l2: given('l2'),
      negativesPerPositive: given('negatives'),
      seed: seeds[0],
      // The protocol's data has no strengths.
      strengthWeight: 'none',
    }),
  });
  const engine = engineSchema.safeParse(values.engine);
  for (const { error } of [config, engine]) {
    if (error !== undefined) throw new UsageError(z.prettifyError(error));
  }
  const { preset, model, training } = config.data!;
  return {
    source: sourceOf(values),
    json: values.json,
    preset,
    engine: engine.data!,
    threads: values.threads === undefined ? undefined : wholeOf('threads', values.threads, 1, MOST_THREADS),
    seeds,
    settings: { model, training },
  };
}

function sourceOf({ data, name, ratings }: { data?: string; name?: string; ratings?: string }): DataSource {
  if (ratings && !data && !name) return { ratings };
  if (data && name && !ratings) return { folder: data, name };
  throw new UsageError('either --data and --name, or --ratings, are needed');
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

type NumberOption = 'factors' | 'epochs' | 'patience' | 'batch-size' | 'learning-rate' | 'l2' | 'negatives';

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return optionTexts(args, {
    data: text,
    name: text,
    ratings: text,
    json: text,
    preset: { type: 'string', default: 'best' },
    seeds: { type: 'string', default: '42,43,44' },
    factors: text,
    layers: text,
    pretraining: text,
    epochs: text,
    patience: text,
    'batch-size': text,
    'learning-rate': text,
    l2: text,
    negatives: text,
    engine: { type: 'string', default: 'auto' },
    threads: text,
    help: { type: 'boolean', default: false },
  });
}

function numbers(option: string, text: string): number[] {
  return text.split(',').map((part) => numberOf(option, part));
}
