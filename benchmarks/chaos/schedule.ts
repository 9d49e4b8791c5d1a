import { hash32, permutation } from '@sommelier/ncf';
import { Random } from '../fuzz/random.ts';
import {
  CLOCK_OWNERS,
  DAMAGED_WAYS,
  DAMAGES,
  type Fault,
  type FaultKind,
  type Moment,
  POISON_NAMES,
  RUN_MOMENTS,
} from './fault.ts';

/** Streams of the counter-based randomness. */
const ORDER = 0x6f72_6472;
const DETAILS = 0x6465_7461;

/** How often two workers in a row are killed on one run. */
const KILLED_TWICE = 0.4;
/** How often a run is under way where a fault needs none. */
const WITH_RUN = 0.5;
/** How far a clock is set back: from what a time server corrects to a wrong time zone. */
const CLOCK_BACK_MS = [10_000, 60_000, 3_600_000, 12 * 3_600_000] as const;
/** Most bytes left on a full disk: some of a run's files fit, and never all. */
const MOST_FREE_BYTES = 180_000;

export interface ScheduleSettings {
  readonly kinds: readonly FaultKind[];
  readonly seed: number;
  /** How long a worker holds a job without renewing its lock; faults are shorter or longer than that. */
  readonly lockMs: number;
  readonly databaseDownMs: number;
  readonly replicas: number;
}

/**
 * The fault of a round (from 0), the same whichever rounds were played before. The kinds come in turn, each once in as
 * many rounds as there are kinds, in an order that is drawn anew each time.
 */
export function faultOf(settings: ScheduleSettings, round: number): Fault {
  const { kinds, seed } = settings;
  const turn = Math.floor(round / kinds.length);
  const order = permutation(kinds.length, seed, hash32(ORDER, turn));
  const kind = kinds[order[round % kinds.length]!]!;
  return DRAWN[kind](new Random(hash32(seed, DETAILS, round)), settings);
}

const DRAWN: Record<FaultKind, (random: Random, settings: ScheduleSettings) => Fault> = {
  'kill-worker': (random) => {
    const first = momentOf(random);
    // The second attempt reads the first one's snapshot, so it may be quick to prepare.
    const moments = random.chance(KILLED_TWICE) ? [first, momentOf(random)] : [first];
    return { kind: 'kill-worker', moments };
  },
  'cancel-run': (random) => ({ kind: 'cancel-run', moment: momentOf(random) }),
  'kill-api': (random, { replicas }) => ({
    kind: 'kill-api',
    replica: random.whole(0, replicas - 1),
    moment: random.chance(WITH_RUN) ? momentOf(random) : null,
  }),
  'redis-restart': (random, { lockMs }) => ({
    kind: 'redis-restart',
    downMs: random.chance(0.5)
      ? random.whole(0, Math.floor(lockMs / 2))
      : random.whole(Math.ceil(lockMs * 1.1), lockMs * 2),
    moment: momentOf(random),
  }),
  'client-kill': (random) => ({
    kind: 'client-kill',
    clients: random.pick(['pubsub', 'normal'] as const),
    everyMs: random.whole(5, 50),
  }),
  'stall-worker': (random, { lockMs }) => ({
    kind: 'stall-worker',
    // The lock runs out, somebody looks for stalled jobs every half of it, and the other worker has begun.
    stalledMs: random.whole(Math.ceil(lockMs * 1.1), lockMs * 2),
    moment: momentOf(random),
  }),
  'clock-back': (random) => ({
    kind: 'clock-back',
    who: random.pick(CLOCK_OWNERS),
    backMs: random.pick(CLOCK_BACK_MS),
    moment: momentOf(random),
  }),
  'database-down': (random, { databaseDownMs }) => ({
    kind: 'database-down',
    downMs: databaseDownMs,
    moment: random.chance(WITH_RUN) ? momentOf(random) : null,
  }),
  'model-file': (random, { replicas }) => ({
    kind: 'model-file',
    damage: random.pick(DAMAGES),
    way: random.pick(DAMAGED_WAYS),
    share: random.next(),
    replica: random.whole(0, replicas - 1),
    replaced: random.chance(0.5),
  }),
  'disk-full': (random) => ({ kind: 'disk-full', freeBytes: random.whole(0, MOST_FREE_BYTES) }),
  poison: (random) => ({ kind: 'poison', poison: random.pick(POISON_NAMES) }),
};

function momentOf(random: Random): Moment {
  return { stage: random.pick(RUN_MOMENTS), share: random.next() };
}
