/** What became of one job that was accepted. */
export interface JobOutcome {
  readonly id: string;
  /** `ended` well, `failed` for good, `pending` still, or nowhere to be found. */
  readonly end: 'ended' | 'failed' | 'pending' | 'lost';
  /** Times that a worker began it. */
  readonly begun: number;
  /** Times that its work was carried out to its end. */
  readonly done: number;
}

export interface SideCounts {
  readonly accepted: number;
  readonly endedOnce: number;
  readonly lost: number;
  readonly pending: number;
  readonly doneTwice: number;
  readonly failedForGood: number;
  /** Begun more than once, since a worker was killed on them or lost them. */
  readonly begunAgain: number;
}

/** Jobs by what became of them; one may count as done twice and as failed. */
export function countsOf(jobs: readonly JobOutcome[]): SideCounts {
  const count = (holds: (job: JobOutcome) => boolean) => jobs.filter(holds).length;
  return {
    accepted: jobs.length,
    endedOnce: count(({ end, done }) => end === 'ended' && done === 1),
    lost: count(({ end }) => end === 'lost'),
    pending: count(({ end }) => end === 'pending'),
    doneTwice: count(({ done }) => done > 1),
    failedForGood: count(({ end }) => end === 'failed'),
    begunAgain: count(({ begun }) => begun > 1),
  };
}

/** Whether every job ended well exactly once. */
export function allEndedOnce({ accepted, endedOnce }: SideCounts): boolean {
  return accepted === endedOnce;
}
