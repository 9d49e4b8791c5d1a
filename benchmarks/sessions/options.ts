import { ENGINE_NAMES, type EngineName, type RunConfig, runConfigSchema } from '@sommelier/contracts';
import { z } from 'zod';
import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run bench:sessions -- --train EVENTS --test SESSIONS --json FILE [options]
       npm run bench:sessions -- --events EVENTS --json FILE [--cut-last-days N] [options]
       npm run bench:sessions -- --fold-in DIR --name NAME --json FILE [options]

The first two predict the next item of anonymous sessions: for every beginning of every session, what comes next is looked
for among the 20 best, own items included. Beside what an API replica would serve: popularity and V-SKNN, tuned on the
last days of the training part. EVENTS is a file in the form of RetailRocket's events.csv (also .gz); SESSIONS has one
session a line, item:unix_seconds separated by blanks. With --events the last days become the test: their sessions (30
minutes of silence end one), items that the rest does not know left out.

The third folds users of DIR/NAME.train.rating in from their own training items and compares with their trained rows, in
the leave-one-out protocol of He et al. (WWW 2017).

  --cut-last-days N    days that are the test (7)
  --validation-days N  last days of the training part that V-SKNN is tuned on (7)
  --session-type NAME  event type whose sequence is a session, in EVENTS (view)
  --tune N             instead of the test: vary the personalizer's options one by one, on N validation sessions
  --preset NAME        fast, best or paper (fast)
  --window-days N      window of the events that the model is trained on; 0 = all (0)
  --users N            users that are folded in, evenly spaced (2000)
  --resamples N        of the paired bootstrap (2000)
  --engine NAME        auto, tensorflow, webgpu, wasm, tfjs-wasm or tfjs-cpu (auto)
  --threads N          threads of the wasm engine (as many as there are processors)
  --seed N             (42)`;

export type SessionSource =
  | { readonly kind: 'files'; readonly train: string; readonly test: string }
  | { readonly kind: 'cut'; readonly events: string; readonly days: number };

export type Source =
  | SessionSource
  | { readonly kind: 'fold-in'; readonly folder: string; readonly name: string };

export interface SessionsOptions<S extends Source = Source> {
  readonly source: S;
  readonly json: string;
  readonly config: RunConfig;
  readonly validationDays: number;
  readonly sessionType: string;
  /** Validation sessions to vary the personalizer on; undefined = run the test. */
  readonly tune: number | undefined;
  readonly users: number;
  readonly resamples: number;
  readonly seed: number;
  readonly engine: EngineName;
  readonly threads: number | undefined;
}

const engineSchema = z.enum(ENGINE_NAMES);
const MOST_THREADS = 64;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): SessionsOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  if (!values.json) throw new UsageError('--json is needed');
  const seed = wholeOf('seed', values.seed, 0, 4_294_967_295);
  const config = runConfigSchema.safeParse({
    preset: values.preset,
    data: { windowDays: numberOf('window-days', values['window-days'], 0) },
    training: { seed },
  });
  const engine = engineSchema.safeParse(values.engine);
  for (const { error } of [config, engine]) {
    if (error !== undefined) throw new UsageError(z.prettifyError(error));
  }
  return {
    source: sourceOf(values),
    json: values.json,
    config: config.data!,
    validationDays: numberOf('validation-days', values['validation-days'], 0.01),
    sessionType: values['session-type'],
    tune: values.tune === undefined ? undefined : wholeOf('tune', values.tune, 1),
    users: wholeOf('users', values.users, 1),
    resamples: wholeOf('resamples', values.resamples, 100, 100_000),
    seed,
    engine: engine.data!,
    threads: values.threads === undefined ? undefined : wholeOf('threads', values.threads, 1, MOST_THREADS),
  };
}

function sourceOf(values: ReturnType<typeof parse>): Source {
  const { train, test, events, name, 'fold-in': folder } = values;
  const kinds = [train ?? test, events, folder ?? name].filter((given) => given !== undefined);
  if (kinds.length === 1) {
    if (train && test) return { kind: 'files', train, test };
    if (events)
      return { kind: 'cut', events, days: numberOf('cut-last-days', values['cut-last-days'], 0.01) };
    if (folder && name) return { kind: 'fold-in', folder, name };
  }
  throw new UsageError('either --train and --test, or --events, or --fold-in and --name, are needed');
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const or = (value: string) => ({ type: 'string', default: value }) as const;
  return optionTexts(args, {
    train: text,
    test: text,
    events: text,
    'cut-last-days': or('7'),
    'fold-in': text,
    name: text,
    json: text,
    'validation-days': or('7'),
    'session-type': or('view'),
    tune: text,
    preset: or('fast'),
    'window-days': or('0'),
    users: or('2000'),
    resamples: or('2000'),
    engine: or('auto'),
    threads: text,
    seed: or('42'),
    help: { type: 'boolean', default: false },
  });
}
