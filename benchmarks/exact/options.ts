import { optionTexts } from '../report/option-texts.ts';
import { wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';
import { CELLS, type ExactCell } from './cells.ts';

export const USAGE = `Usage: npm run bench:exact -- --json FILE [options]

Asks a real API on SQLite, an artifact folder and Redis (REDIS_URL, else a redis-server of its own) for the tops of the
users of made-up models, each with eight filters, and compares every answer with a float64 brute force that shares no
code with the product: every item scored, sorted, ties by item id. Exit code 1 when one differs. Then times the filters
of a catalogue of 417,053 items and a model of 235,061.

  --users N           of all models together (10000)
  --models A,B,...    of ${CELLS.map(({ name }) => name).join(',')} (all)
  --no-times          without the times
  --seed N            of everything made up (42)`;

export interface ExactOptions {
  readonly json: string;
  readonly users: number;
  readonly cells: readonly ExactCell[];
  readonly times: boolean;
  readonly seed: number;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): ExactOptions | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const values = optionTexts(args, {
    json: text,
    users: { ...text, default: '10000' },
    models: { ...text, default: CELLS.map(({ name }) => name).join(',') },
    'no-times': flag,
    seed: { ...text, default: '42' },
    help: flag,
  });
  if (values.help) return 'help';
  if (!values.json) throw new UsageError('--json is needed');
  const cells = values.models.split(',').map((name) => {
    const cell = CELLS.find((one) => one.name === name);
    if (cell === undefined) throw new UsageError(`--models: there is no ${name}; see --help`);
    return cell;
  });
  return {
    json: values.json,
    users: wholeOf('users', values.users, 1, 100_000),
    cells,
    times: !values['no-times'],
    seed: wholeOf('seed', values.seed, 0),
  };
}
