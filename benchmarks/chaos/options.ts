import { readEnvironment } from '@sommelier/platform';
import { optionTexts } from '../report/option-texts.ts';
import { numberOf, wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import { LOCK_MS } from './settings.ts';

const DEFAULT_ROUNDS = '36';
const DEFAULT_SEED = '1';
const MOST_ROUNDS = 100_000;
const DEFAULT_KILLS = '1000';
const DEFAULT_REDIS_KILLS = '200';
const DEFAULT_MINUTES = '10';
/** Of the product. */
const DEFAULT_LOCK_MS = readEnvironment({}).JOB_LOCK_MS;

export const USAGE = `Usage: npm run chaos -- --json FILE [options]

Plays faults against the real product, one a round: Redis, MariaDB, two workers and three replicas, each a process of
its own, under a light load. After each round everything must be as good as before, and nothing lost. Linux.

  --rounds N        rounds (${DEFAULT_ROUNDS})
  --seed S          decides the fault of every round (${DEFAULT_SEED})
  --kinds A,B,...   only these: ${FAULT_KINDS.join(', ')}
  --only-round R    plays round R alone, as it would come with this seed and these kinds
  --resume          goes on with the rounds that FILE has not
  --lock-ms N       JOB_LOCK_MS of the workers (${LOCK_MS})
  --logs DIR        keeps the logs of all processes in DIR
  --json FILE       where the figures go, after every round

       npm run chaos -- --short-jobs --json FILE [--kills N] [--redis-kills N] [--seed S] [--logs DIR]

Short runs on the queue while workers and Redis are killed, beside the same with a BullMQ worker of default settings.

  --kills N         kills of a worker of each kind (${DEFAULT_KILLS})
  --redis-kills N   kills of Redis (${DEFAULT_REDIS_KILLS})

       npm run chaos -- --stalls --json FILE [--minutes N] [--seed S] [--lock-ms N] [--logs DIR]

A training on as many threads as there are processors, beside a second worker: it may not be taken for dead.

  --minutes N       (${DEFAULT_MINUTES})
  --lock-ms N       JOB_LOCK_MS of the workers (${DEFAULT_LOCK_MS}, the product's own)`;

interface CommonOptions {
  readonly json: string;
  readonly seed: number;
  readonly logs: string | undefined;
}

export interface RoundsOptions extends CommonOptions {
  readonly mode: 'rounds';
  readonly rounds: number;
  readonly kinds: readonly FaultKind[];
  readonly onlyRound: number | undefined;
  readonly resume: boolean;
  readonly lockMs: number;
}

export interface ShortJobsOptions extends CommonOptions {
  readonly mode: 'short-jobs';
  readonly kills: number;
  readonly redisKills: number;
}

export interface StallsOptions extends CommonOptions {
  readonly mode: 'stalls';
  readonly minutes: number;
  readonly lockMs: number;
}

export type ChaosOptions = RoundsOptions | ShortJobsOptions | StallsOptions;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): ChaosOptions | 'help' {
  const values = textsOf(args);
  if (values.help) return 'help';
  const { json, logs } = values;
  if (!json) throw new UsageError('--json is needed');
  const common = { json, logs, seed: wholeOf('seed', values.seed, 0, 0xffff_ffff) };
  if (values['short-jobs']) {
    const kills = wholeOf('kills', values.kills, 0, MOST_ROUNDS);
    return {
      ...common,
      mode: 'short-jobs',
      kills,
      redisKills: wholeOf('redis-kills', values['redis-kills'], 0, MOST_ROUNDS),
    };
  }
  const lockMs = (usual: number) => wholeOf('lock-ms', values['lock-ms'] ?? String(usual), 1_000, 600_000);
  if (values.stalls) {
    const minutes = numberOf('minutes', values.minutes, 0.1);
    return { ...common, mode: 'stalls', minutes, lockMs: lockMs(DEFAULT_LOCK_MS) };
  }
  const onlyRound = values['only-round'];
  if (onlyRound !== undefined && values.resume)
    throw new UsageError('--only-round and --resume exclude each other');
  return {
    ...common,
    mode: 'rounds',
    rounds: wholeOf('rounds', values.rounds, 1, MOST_ROUNDS),
    kinds: kindsOf(values.kinds),
    onlyRound: onlyRound === undefined ? undefined : wholeOf('only-round', onlyRound, 0, MOST_ROUNDS),
    resume: values.resume,
    lockMs: lockMs(LOCK_MS),
  };
}

function textsOf(args: readonly string[]) {
  return optionTexts(args, {
    json: { type: 'string' },
    rounds: { type: 'string', default: DEFAULT_ROUNDS },
    seed: { type: 'string', default: DEFAULT_SEED },
    kinds: { type: 'string' },
    'only-round': { type: 'string' },
    resume: { type: 'boolean', default: false },
    'lock-ms': { type: 'string' },
    logs: { type: 'string' },
    'short-jobs': { type: 'boolean', default: false },
    stalls: { type: 'boolean', default: false },
    minutes: { type: 'string', default: DEFAULT_MINUTES },
    kills: { type: 'string', default: DEFAULT_KILLS },
    'redis-kills': { type: 'string', default: DEFAULT_REDIS_KILLS },
    help: { type: 'boolean', default: false },
  });
}

/** In the order of the list of all kinds, so that the same kinds give the same rounds. */
function kindsOf(text: string | undefined): readonly FaultKind[] {
  if (text === undefined) return FAULT_KINDS;
  const asked = text.split(',');
  const unknown = asked.find((name) => !FAULT_KINDS.some((kind) => kind === name));
  if (unknown !== undefined)
    throw new UsageError(`--kinds: "${unknown}" is not one of ${FAULT_KINDS.join(', ')}`);
  return FAULT_KINDS.filter((kind) => asked.includes(kind));
}
