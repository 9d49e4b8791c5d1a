import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';
import { type Cell, cellsOf } from './cells.ts';

export const USAGE = `Usage: npm run bench:serve -- --json FILE [options]

Measures a real API on SQLite, an artifact folder and Redis (REDIS_URL, else a redis-server of its own; Linux), with
made-up models: throughput of a closed loop; latencies of an open one, counted from the time at which a request was
due; CPU of the server a request; swaps of the model under load, every answer checked; and, by the same load generator,
Express and node:http that only say hello and two Python peers.

  --cells A,B,...     names of cells, * for anything: peer-express,3706-f8-*-r1,one-235061-f8,swap-* (all)
  --list              print the names and stop
  --seconds X         of each load (5)
  --connections N     of the closed loop, to each replica (32)
  --rate N            requests/s of the open loops (searched: the highest share of the throughput that holds)
  --p99 MS            the 99th percentile that a searched rate must keep (50)
  --no-filters        without the cells that ask for category, stock and price
  --freshness         with the cells that post events and items to one replica and ask another
  --repetitions N     of those (1000)
  --swaps N           so many swaps, as fast as they complete (6, one every 5 s)
  --users N           of the made-up shop (60000)
  --server-env K=V    environment of the replicas, e.g. SCORING_THREADS=2; may be repeated
  --python PATH       Python of the peers (/usr/bin/python3, then python3)
  --seed N            of everything made up (42)`;

/** Where the made-up user ids end. */
const MAX_USERS = 1_000_000;

export interface ServeOptions {
  readonly json: string;
  readonly cells: readonly Cell[];
  readonly seconds: number;
  readonly connections: number;
  readonly rate: number | undefined;
  readonly p99Ms: number;
  readonly repetitions: number;
  /** Undefined: a few, with time between them. */
  readonly swaps: number | undefined;
  readonly users: number;
  readonly serverEnvironment: Readonly<Record<string, string>>;
  readonly python: string | undefined;
  readonly seed: number;
}

/** Only the names of the chosen cells are wanted. */
export interface CellList {
  readonly list: readonly Cell[];
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): 'help' | CellList | ServeOptions {
  const values = parse(args);
  if (values.help) return 'help';
  const cells = cellsOf({
    patterns: values.cells === undefined ? [] : values.cells.split(','),
    filters: !values['no-filters'],
    freshness: values.freshness,
  });
  if (cells.length === 0) throw new UsageError(`--cells: no cell is called ${values.cells}; see --list`);
  if (values.list) return { list: cells };
  if (!values.json) throw new UsageError('--json is needed');
  const users = wholeOf('users', values.users, 1_000, MAX_USERS);
  const repetitions = wholeOf('repetitions', values.repetitions, 1);
  if (repetitions > users) throw new UsageError(`--repetitions: there are ${users} users only`);
  return {
    json: values.json,
    cells,
    seconds: numberOf('seconds', values.seconds, 0.2),
    connections: wholeOf('connections', values.connections, 1, 1_000),
    rate: values.rate === undefined ? undefined : numberOf('rate', values.rate, 0.1),
    p99Ms: numberOf('p99', values.p99, 1),
    repetitions,
    swaps: values.swaps === undefined ? undefined : wholeOf('swaps', values.swaps, 1),
    users,
    serverEnvironment: environmentOf(values['server-env']),
    python: values.python,
    seed: wholeOf('seed', values.seed, 0),
  };
}

function environmentOf(settings: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    settings.map((setting) => {
      const match = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(setting);
      if (match === null) throw new UsageError(`--server-env: "${setting}" is not NAME=VALUE`);
      return [match[1]!, match[2]!];
    }),
  );
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  return optionTexts(args, {
    json: text,
    cells: text,
    list: flag,
    seconds: { ...text, default: '5' },
    connections: { ...text, default: '32' },
    rate: text,
    p99: { ...text, default: '50' },
    'no-filters': flag,
    freshness: flag,
    repetitions: { ...text, default: '1000' },
    swaps: text,
    users: { ...text, default: '60000' },
    'server-env': { type: 'string', multiple: true, default: [] },
    python: text,
    seed: { ...text, default: '42' },
    help: flag,
  });
}
