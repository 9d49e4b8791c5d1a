import { RUN_EVENT_TYPES, RUN_STAGES, type RunEvent, type TrainingRun } from '@sommelier/contracts';

/** Of a run's fraction, so that it is a whole number. */
const PARTS = 1_000_000;
const FORM = /^\d{1,15}(\.\d{1,15}){4}$/;

/** What an id says of the run at the moment of its event; all but the stage never fall while a run goes on. */
interface Position {
  /** 0: queued, 1: running, 2: ended. */
  readonly state: number;
  readonly attempts: number;
  readonly done: number;
  /** Place of the event's type among those of the same moment. */
  readonly rank: number;
  /** From 1; 0 before the first. */
  readonly stage: number;
}

function positionOf(run: TrainingRun, type: RunEvent['type']): Position {
  return {
    state: run.status === 'queued' ? 0 : run.status === 'running' ? 1 : 2,
    attempts: run.attempts,
    done: Math.floor((run.progress?.fraction ?? 0) * PARTS),
    rank: RUN_EVENT_TYPES.indexOf(type),
    stage: run.stage === null ? 0 : RUN_STAGES.indexOf(run.stage) + 1,
  };
}

function parse(id: string | undefined): Position | undefined {
  if (id === undefined || !FORM.test(id)) return undefined;
  const [state = 0, attempts = 0, done = 0, rank = 0, stage = 0] = id.split('.').map(Number);
  return { state, attempts, done, rank, stage };
}

/**
 * Id of an event: what its reader knows of the run from then on. It follows from the run's row alone, so every replica
 * can tell what is news to a reader that another one has served.
 */
export function eventId(run: TrainingRun, type: RunEvent['type']): string {
  const { state, attempts, done, rank, stage } = positionOf(run, type);
  return [state, attempts, done, rank, stage].join('.');
}

/** Whether an event is news to whoever has the event with the id `last`; everything is when that is no id. */
export function isNews(run: TrainingRun, type: RunEvent['type'], last: string | undefined): boolean {
  const known = parse(last);
  if (known === undefined) return true;
  const now = positionOf(run, type);
  const isSameAttempt = now.state === known.state && now.attempts === known.attempts;
  if (type === 'status' && isSameAttempt) return false;
  const isSameStage = now.attempts === known.attempts && now.stage === known.stage;
  if (type === 'stage' && isSameStage) return false;
  // The fraction may stand still while the stages change.
  if (isSameAttempt && !isSameStage && (type === 'stage' || type === 'progress')) return true;
  for (const part of ['state', 'attempts', 'done', 'rank'] as const) {
    if (now[part] !== known[part]) return now[part] > known[part];
  }
  return false;
}
