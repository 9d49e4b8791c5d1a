import type { Evaluated, FitPosition, GateVerdict } from '@sommelier/contracts';
import { copyOfParameters } from '../engine/parameter-checks.ts';
import type { TrainingEngine, TrainingPairs } from '../engine/training-engine.ts';
import { pairsSha256 } from './pairs-hash.ts';
import type { Checkpoints, FitCheckpoint, TrainingCheckpoint } from './training-checkpoint.ts';

/** Where a training stands, but for the numbers of its engine. */
export type FitBegun = Pick<FitCheckpoint, 'epochsDone' | 'search' | 'bestParameters'>;

/** The journal of one training. */
export interface FitJournal {
  /** Puts the engine where an earlier attempt's stood; undefined when there is nothing to go on from. */
  resume(engine: TrainingEngine): Promise<FitBegun | undefined>;
  /** Keeps where the engine stands, if that is due. */
  keep(engine: TrainingEngine, begun: FitBegun): Promise<void>;
}

/**
 * Writes down what a run's trainings come to, so that another attempt goes on from there, and reads what an earlier one
 * has written down. Without checkpoints everything is computed and nothing kept.
 */
export class TrainingJournal {
  readonly #checkpoints: Checkpoints | undefined;
  #evaluated: TrainingCheckpoint['evaluated'];
  #judged: TrainingCheckpoint['judged'];
  /** Of the earlier attempt, until it is gone on from. */
  #fit: TrainingCheckpoint['fit'];

  constructor(checkpoints: Checkpoints | undefined) {
    this.#checkpoints = checkpoints;
    const earlier = checkpoints?.takeEarlier();
    this.#evaluated = earlier?.evaluated ?? null;
    this.#judged = earlier?.judged ?? null;
    this.#fit = earlier?.fit ?? null;
  }

  /** What the search came to: as it was, or computed now and kept. */
  async evaluated(compute: () => Promise<Evaluated>): Promise<Evaluated> {
    if (this.#evaluated !== null) return this.#evaluated;
    this.#evaluated = await compute();
    await this.#save(null);
    return this.#evaluated;
  }

  /** The gate's verdict: as it was if it was given on the same plan, or computed now and kept. */
  async judged(planSha256: () => string, compute: () => Promise<GateVerdict>): Promise<GateVerdict> {
    if (this.#checkpoints === undefined) return compute();
    const plan = planSha256();
    if (this.#judged?.planSha256 === plan) return this.#judged.gate;
    this.#judged = null;
    const gate = await compute();
    this.#judged = { planSha256: plan, gate };
    await this.#save(null);
    return gate;
  }

  fit(phase: FitPosition['phase'], pairs: TrainingPairs): FitJournal {
    const checkpoints = this.#checkpoints;
    if (checkpoints === undefined) return NO_JOURNAL;
    const hash = pairsSha256(pairs);
    return {
      resume: async (engine) => {
        const fit = this.#fit;
        if (fit?.phase !== phase || fit.pairsSha256 !== hash) return undefined;
        // Not referred to any more: it is as large as the engine.
        this.#fit = null;
        if (!(await engine.restore(fit.state))) return undefined;
        checkpoints.onResumed(fit);
        const { epochsDone, search, bestParameters } = fit;
        return { epochsDone, search, bestParameters: bestParameters && copyOfParameters(bestParameters) };
      },
      keep: async (engine, begun) => {
        if (!checkpoints.isDue()) return;
        await this.#save({ phase, pairsSha256: hash, ...begun, state: await engine.state() });
      },
    };
  }

  async #save(fit: FitCheckpoint | null): Promise<void> {
    await this.#checkpoints?.save({ evaluated: this.#evaluated, judged: this.#judged, fit });
  }
}

const NO_JOURNAL: FitJournal = { resume: async () => undefined, keep: async () => undefined };
