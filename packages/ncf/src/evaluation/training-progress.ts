/** Where `trainModel` stands. */
export interface TrainModelProgress {
  /**
   * `pretrain` while the GMF branch's start is computed, whose iterations count as epochs then; `evaluate` while the
   * test items are ranked, between the two phases.
   */
  readonly stage: 'pretrain' | 'train' | 'evaluate';
  /** `search` looks for the number of epochs, `refit` trains the model that is published. */
  readonly phase: 'search' | 'refit';
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
const PARTS = { search: [0, 0.53], evaluate: [0.53, 0.6], refit: [0.6, 1] } as const;

type Position = Omit<TrainModelProgress, 'stage' | 'fraction'>;

/** Adds the fraction to what is reported, and keeps it from falling. */
export class TrainingProgress {
  readonly #onProgress: (progress: TrainModelProgress) => void;
  #fraction = 0;
  #last: Position = { phase: 'search', epoch: 1, epochs: 1, samples: 0, totalSamples: 0, loss: 0 };

  constructor(onProgress: (progress: TrainModelProgress) => void) {
    this.#onProgress = onProgress;
  }

  train(position: Position): void {
    const within = position.totalSamples === 0 ? 0 : position.samples / position.totalSamples;
    this.#report('train', position, position.phase, (position.epoch - 1 + within) / position.epochs);
    const { validationNdcg: _, ...last } = position;
    this.#last = last;
  }

  /** Iterations of pre-training that are done; the whole does not move on for them. */
  pretrain(phase: 'search' | 'refit', done: number, iterations: number): void {
    const position = { phase, epoch: done, epochs: iterations, samples: 0, totalSamples: 0, loss: 0 };
    this.#report('pretrain', position, phase, 0);
  }

  /** `share`: of the test users, over all rankers. */
  evaluate(share: number): void {
    this.#report('evaluate', this.#last, 'evaluate', share);
  }

  #report(
    stage: TrainModelProgress['stage'],
    position: Position,
    part: keyof typeof PARTS,
    share: number,
  ): void {
    const [begin, end] = PARTS[part];
    this.#fraction = Math.min(1, Math.max(this.#fraction, begin + (end - begin) * share));
    this.#onProgress({ ...position, stage, fraction: this.#fraction });
  }
}
