import { ENGINE_NAMES, type EngineName, type RunConfig, runConfigSchema } from '@sommelier/contracts';
import { z } from 'zod';
import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run bench:gate -- --data EVENTS --json FILE [options]

Replays a log: a first model on its beginning, then honest retrains at even steps until its end, each judged by the gate
against the model before it; a refusal among them is a false one. Then poisons of the whole log, each judged against the
last good model, beside what the gate is declared to do. EVENTS is a file in the form of RetailRocket's events.csv (also
.gz).

  --retrains N      honest retrains, each with a seed of its own (20)
  --begin SHARE     share of the log's events that the first model is trained on (0.5)
  --window-days N   window of each training; 0 = all events until then (0)
  --preset NAME     fast, best or paper (fast)
  --factors N       width of the GMF embeddings, in place of the preset's
  --epochs N        most epochs that are tried, in place of the preset's
  --warm            each retrain begins from the model before it: compare with a run without
  --no-poisons      the honest retrains alone
  --engine NAME     auto, tensorflow, webgpu, wasm, tfjs-wasm or tfjs-cpu (auto)
  --threads N       threads of the wasm engine (as many as there are processors)
  --seed N          seed of the first model (42)`;

export interface GateOptions {
  readonly data: string;
  readonly json: string;
  readonly retrains: number;
  readonly begin: number;
  readonly poisons: boolean;
  readonly config: RunConfig;
  readonly engine: EngineName;
  readonly threads: number | undefined;
}

const MOST_RETRAINS = 1_000;
const MOST_THREADS = 64;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): GateOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  if (!values.data || !values.json) throw new UsageError('--data and --json are needed');
  const begin = numberOf('begin', values.begin, 0.01);
  if (begin >= 1) throw new UsageError(`--begin: ${begin} is not below 1`);
  const config = runConfigSchema.safeParse({
    preset: values.preset,
    warmStart: values.warm,
    data: { windowDays: numberOf('window-days', values['window-days'], 0) },
    model: { ...(values.factors && { factors: wholeOf('factors', values.factors, 1) }) },
    training: {
      seed: wholeOf('seed', values.seed, 0, 4_000_000_000),
      ...(values.epochs && { epochs: wholeOf('epochs', values.epochs, 1) }),
    },
  });
  const engine = z.enum(ENGINE_NAMES).safeParse(values.engine);
  for (const { error } of [config, engine]) {
    if (error !== undefined) throw new UsageError(z.prettifyError(error));
  }
  return {
    data: values.data,
    json: values.json,
    retrains: wholeOf('retrains', values.retrains, 0, MOST_RETRAINS),
    begin,
    poisons: !values['no-poisons'],
    config: config.data!,
    engine: engine.data!,
    threads: values.threads === undefined ? undefined : wholeOf('threads', values.threads, 1, MOST_THREADS),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const or = (value: string) => ({ type: 'string', default: value }) as const;
  return optionTexts(args, {
    data: text,
    json: text,
    retrains: or('20'),
    begin: or('0.5'),
    'window-days': or('0'),
    preset: or('fast'),
    factors: text,
    epochs: text,
    warm: { type: 'boolean', default: false },
    'no-poisons': { type: 'boolean', default: false },
    engine: or('auto'),
    threads: text,
    seed: or('42'),
    help: { type: 'boolean', default: false },
  });
}
