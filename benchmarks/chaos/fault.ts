/** Where in a run a fault happens: so far into the usual length of a stage, in [0, 1). */
export interface Moment {
  readonly stage: RunMoment;
  readonly share: number;
}

/** Stages of a run in their order, as the worker's log tells of them. */
export const RUN_MOMENTS = ['read', 'prepare', 'train', 'evaluate', 'gate', 'refit', 'publish'] as const;
export type RunMoment = (typeof RUN_MOMENTS)[number];

export const DAMAGES = ['truncated', 'bit-flipped', 'swapped'] as const;
export type Damage = (typeof DAMAGES)[number];

/**
 * How a damaged model file comes to a replica: somebody asks for it to be activated; its row says that it is active; a
 * replica that served it starts anew.
 */
export const DAMAGED_WAYS = ['activation', 'active-row', 'restart'] as const;
export type DamagedWay = (typeof DAMAGED_WAYS)[number];

/** Whose clock is set back; Redis and the database keep the right time. */
export const CLOCK_OWNERS = ['workers', 'replicas', 'all'] as const;
export type ClockOwner = (typeof CLOCK_OWNERS)[number];

export const POISON_NAMES = [
  'shuffled-items',
  'flood',
  'far-future',
  'empty-window',
  'no-weighted-type',
] as const;
export type PoisonName = (typeof POISON_NAMES)[number];

/** What is done to the installation in one round; times in milliseconds. */
export type Fault =
  /** SIGKILL of the worker that has the run, once or twice in a row. */
  | { readonly kind: 'kill-worker'; readonly moments: readonly Moment[] }
  /** A run is cancelled by its owner: no fault, and held to the same rules. */
  | { readonly kind: 'cancel-run'; readonly moment: Moment }
  /** SIGKILL of a replica, with or without a run. */
  | { readonly kind: 'kill-api'; readonly replica: number; readonly moment: Moment | null }
  /** SIGKILL of Redis, which comes back on the same data. */
  | { readonly kind: 'redis-restart'; readonly downMs: number; readonly moment: Moment }
  /** Redis drops connections again and again while a run publishes. */
  | { readonly kind: 'client-kill'; readonly clients: 'pubsub' | 'normal'; readonly everyMs: number }
  /** SIGSTOP of the worker that has the run, for longer than its lock. */
  | { readonly kind: 'stall-worker'; readonly stalledMs: number; readonly moment: Moment }
  /** The wall clock of some processes is set back in a run, and put right when the round is over. */
  | {
      readonly kind: 'clock-back';
      readonly who: ClockOwner;
      readonly backMs: number;
      readonly moment: Moment;
    }
  /** SIGKILL of the database, which comes back on the same data. */
  | { readonly kind: 'database-down'; readonly downMs: number; readonly moment: Moment | null }
  /** The file of a model is not what it was. */
  | {
      readonly kind: 'model-file';
      readonly damage: Damage;
      readonly way: DamagedWay;
      readonly share: number;
      readonly replica: number;
      /** Whether another version is activated at the end; else the file is put right again. */
      readonly replaced: boolean;
    }
  /** The artifact store has so many bytes left. */
  | { readonly kind: 'disk-full'; readonly freeBytes: number }
  /** Events that a run must refuse, or must not be moved by. */
  | { readonly kind: 'poison'; readonly poison: PoisonName };

export type FaultKind = Fault['kind'];
export const FAULT_KINDS = [
  'kill-worker',
  'cancel-run',
  'kill-api',
  'redis-restart',
  'client-kill',
  'stall-worker',
  'clock-back',
  'database-down',
  'model-file',
  'disk-full',
  'poison',
] as const satisfies readonly FaultKind[];

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const when = ({ stage, share }: Moment): string => `${stage} + ${Math.round(share * 100)}%`;

/** A fault in words, without its kind. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill-worker':
      return fault.moments.map((moment) => `at ${when(moment)}`).join(', again ');
    case 'cancel-run':
      return `at ${when(fault.moment)}`;
    case 'kill-api':
      return `replica ${fault.replica}${fault.moment === null ? '' : `, a run at ${when(fault.moment)}`}`;
    case 'redis-restart':
      return `${seconds(fault.downMs)} away, from ${when(fault.moment)}`;
    case 'client-kill':
      return `${fault.clients} every ${fault.everyMs} ms while publishing`;
    case 'stall-worker':
      return `${seconds(fault.stalledMs)}, from ${when(fault.moment)}`;
    case 'clock-back':
      return `${fault.who} ${seconds(fault.backMs)} back, from ${when(fault.moment)}`;
    case 'database-down':
      return `${seconds(fault.downMs)}${fault.moment === null ? '' : `, from ${when(fault.moment)}`}`;
    case 'model-file':
      return `${fault.damage}, ${fault.way}, ${fault.replaced ? 'replaced' : 'put right'}`;
    case 'disk-full':
      return `${fault.freeBytes} bytes free`;
    case 'poison':
      return fault.poison;
  }
}
