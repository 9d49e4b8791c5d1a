import type { Estimate, RunConfig } from '@sommelier/contracts';
import type { EngineChoice, Incumbent } from '@sommelier/ncf/training';
import type { VisitorEvent } from '../sessions/session.ts';
import { POISONS } from './poisons.ts';
import { type Retrain, retrain } from './retrain.ts';

export interface GateWork {
  readonly retrains: number;
  readonly begin: number;
  readonly poisons: boolean;
  readonly config: RunConfig;
}

export type Outcome = Omit<Retrain, 'incumbent'> & { readonly name: string };

export interface PoisonOutcome extends Outcome {
  readonly declared: readonly string[];
  readonly isAsDeclared: boolean;
}

export interface GateResult {
  readonly honest: readonly Outcome[];
  readonly falseRefusals: number;
  readonly poisons: readonly PoisonOutcome[];
}

export type Observer = (outcome: Outcome | PoisonOutcome) => void;

/** The honest retrains, then the poisons against the model that serves at their end. Deterministic by seed. */
export async function runBenchmark(
  events: readonly VisitorEvent[],
  work: GateWork,
  choice: EngineChoice,
  observe: Observer,
): Promise<GateResult> {
  const sorted = [...events].sort((a, b) => a.timestampMs - b.timestampMs);
  const nowMs = sorted.at(-1)!.timestampMs;
  const honest: Outcome[] = [];
  /** The model of the step before the last: a poisoned log has newer events than the model that it would replace. */
  let good: Incumbent | undefined;
  let incumbent: Incumbent | undefined;
  for (let step = 0; step <= work.retrains; step++) {
    const share = work.begin + ((1 - work.begin) * step) / Math.max(1, work.retrains);
    const log = sorted.slice(0, Math.round(share * sorted.length));
    const config = seeded(work.config, step);
    const result = await retrain(log, incumbent, config, choice, { version: `step-${step}`, nowMs });
    if (step < work.retrains || work.retrains === 0) good = result.incumbent;
    incumbent = result.incumbent;
    honest.push(record(step === 0 ? 'first model' : `retrain ${step}`, result, observe));
  }
  const falseRefusals = honest.filter(({ outcome }) => !['first', 'accepted'].includes(outcome)).length;
  const honestLead = honest.at(-1)?.gate?.leaveOneOut?.popularity;
  const poisons = work.poisons
    ? await runPoisons(sorted, good, work, choice, { nowMs, honestLead, observe })
    : [];
  return { honest, falseRefusals, poisons };
}

async function runPoisons(
  sorted: readonly VisitorEvent[],
  good: Incumbent | undefined,
  work: GateWork,
  choice: EngineChoice,
  { nowMs, honestLead, observe }: { nowMs: number; honestLead: Estimate | undefined; observe: Observer },
): Promise<PoisonOutcome[]> {
  const outcomes: PoisonOutcome[] = [];
  for (const { name, declared, warning, apply } of POISONS) {
    const { seed } = work.config.training;
    const log = apply(sorted, good?.trainedUntilMs ?? 0, seed);
    // An empty window needs a window.
    const data = { ...work.config.data, windowDays: work.config.data.windowDays || 3_650 };
    const config = { ...seeded(work.config, work.retrains + 1), data };
    const result = await retrain(log, good, config, choice, { version: 'poisoned', nowMs });
    const isWarned = warning === undefined || result.warnings.some((code) => code === warning);
    const { incumbent: _, ...rest } = result;
    const outcome = outcomeOf(result, honestLead);
    const isAsDeclared = declared.includes(outcome) && isWarned;
    outcomes.push({ name, ...rest, outcome, declared, isAsDeclared });
    observe(outcomes.at(-1)!);
  }
  return outcomes;
}

/**
 * `neutralised`: it was accepted, and by right, since its lead over popularity on the last items, the poisoned ones among
 * them, is within the interval of the last honest model's.
 */
function outcomeOf({ outcome, gate }: Retrain, honestLead: Estimate | undefined): string {
  const lead = gate?.leaveOneOut?.popularity;
  const isAsGood = lead !== undefined && honestLead !== undefined && lead.mean >= honestLead.low;
  return outcome === 'accepted' && isAsGood ? 'neutralised' : outcome;
}

function seeded(config: RunConfig, step: number): RunConfig {
  return { ...config, training: { ...config.training, seed: config.training.seed + step } };
}

function record(name: string, { incumbent: _, ...result }: Retrain, observe: Observer): Outcome {
  const outcome = { name, ...result };
  observe(outcome);
  return outcome;
}
