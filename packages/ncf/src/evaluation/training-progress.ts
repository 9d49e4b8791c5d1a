/** Where `trainModel` stands. */
export interface TrainModelProgress {
  /**
   * `pretrain` while the GMF branch's start is computed, whose iterations count as epochs then; `evaluate` while the
   * test items are ranked, after the search; `judge` while what is after the gate's cut is ranked, after the twin.
   */
  readonly stage: 'pretrain' | 'train' | 'evaluate' | 'judge';
  /**
   * `search` looks for the number of epochs, `twin` trains what the gate compares, `refit` trains the model that is
   * published.
   */
  readonly phase: 'search' | 'twin' | 'refit';
  /** From 1. */
  readonly epoch: number;
  /** In the search the most that are tried. */
  readonly epochs: number;
  /** Samples done in this epoch. */
  readonly samples: number;
  readonly totalSamples: number;
  /** Mean loss a sample of the epoch so far. */
  readonly loss: number;
  /** NDCG on the validation items: in the last report of a ranked epoch of the search. */
  readonly validationNdcg?: number;
  /** Of everything that `trainModel` does; never falls, and ends with 1. */
  readonly fraction: number;
}

/** Share of the whole that each part is given: begin and end. */
const PARTS = {
  search: [0, 0.53],
  evaluate: [0.53, 0.6],
  twin: [0.6, 0.6],
  judge: [0.6, 0.6],
  refit: [0.6, 1],
} as const;
/** The same of a run that trains a twin, too. */
const PARTS_WITH_TWIN: Record<keyof typeof PARTS, readonly [number, number]> = {
  search: [0, 0.38],
  evaluate: [0.38, 0.43],
  twin: [0.43, 0.68],
  judge: [0.68, 0.72],
  refit: [0.72, 1],
};

type Position = Omit<TrainModelProgress, 'stage' | 'fraction'>;

/** Adds the fraction to what is reported, and keeps it from falling. */
export class TrainingProgress {
  readonly #onProgress: (progress: TrainModelProgress) => void;
  readonly #parts: Record<keyof typeof PARTS, readonly [number, number]>;
  #fraction = 0;
  #last: Position = { phase: 'search', epoch: 1, epochs: 1, samples: 0, totalSamples: 0, loss: 0 };

  constructor(onProgress: (progress: TrainModelProgress) => void, { withTwin = false } = {}) {
    this.#onProgress = onProgress;
    this.#parts = withTwin ? PARTS_WITH_TWIN : PARTS;
  }

  train(position: Position): void {
    const within = position.totalSamples === 0 ? 0 : position.samples / position.totalSamples;
    this.#report('train', position, position.phase, (position.epoch - 1 + within) / position.epochs);
    const { validationNdcg: _, ...last } = position;
    this.#last = last;
  }

  /** Iterations of pre-training that are done; the whole does not move on for them. */
  pretrain(phase: Position['phase'], done: number, iterations: number): void {
    const position = { phase, epoch: done, epochs: iterations, samples: 0, totalSamples: 0, loss: 0 };
    this.#report('pretrain', position, phase, 0);
  }

  /** `share`: of the test users, over all rankers. */
  evaluate(share: number): void {
    this.#report('evaluate', this.#last, 'evaluate', share);
  }

  /** `share`: of what is ranked for the gate. */
  judge(share: number): void {
    this.#report('judge', this.#last, 'judge', share);
  }

  #report(
    stage: TrainModelProgress['stage'],
    position: Position,
    part: keyof typeof PARTS,
    share: number,
  ): void {
    const [begin, end] = this.#parts[part];
    this.#fraction = Math.min(1, Math.max(this.#fraction, begin + (end - begin) * share));
    this.#onProgress({ ...position, stage, fraction: this.#fraction });
  }
}
