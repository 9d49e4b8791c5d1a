import { type DataFinding, type GateVerdict, isSommelierError, type RunConfig } from '@sommelier/contracts';
import { checkData, type Interactions, modelFrom, prepare, windowOf } from '@sommelier/ncf';
import {
  createEngine,
  type EngineChoice,
  type Incumbent,
  planGate,
  trainModel,
  type WarmStart,
  warmStartProblem,
} from '@sommelier/ncf/training';
import { columnsOf } from '../sessions/event-columns.ts';
import type { VisitorEvent } from '../sessions/session.ts';

/** How one training ended. */
export interface Retrain {
  readonly events: number;
  /** The gate's outcome, or the code of the error that the run ended with. */
  readonly outcome: string;
  readonly gate: GateVerdict | undefined;
  /** Codes of the data checks that are not `ok`. */
  readonly warnings: readonly DataFinding['code'][];
  readonly error: string | undefined;
  /** The model that would serve afterwards. */
  readonly incumbent: Incumbent | undefined;
  readonly seconds: number;
  /** Of them for the twin, the incumbent and the ranking of both. */
  readonly gateSeconds: number;
}

/** What a training run does with a log, from the data checks to the verdict. */
export async function retrain(
  events: readonly VisitorEvent[],
  incumbent: Incumbent | undefined,
  config: RunConfig,
  choice: EngineChoice,
  options: { version: string; nowMs: number },
): Promise<Retrain> {
  const start = performance.now();
  const base = {
    events: events.length,
    warnings: [] as DataFinding['code'][],
    gate: undefined,
    gateSeconds: 0,
  };
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    const clock = new GateClock();
    const log = logOf(events, config, options);
    base.warnings = warningsOf(log, incumbent, config);
    const { interactions, prepareUntil, trainedUntilMs } = prepared(log, config);
    const { maxUsers } = config.evaluation;
    const { seed } = config.training;
    const gate = incumbent && planGate({ interactions, incumbent, prepareUntil, maxUsers, seed });
    const trained = await trainModel({
      interactions,
      config,
      createEngine: (pairs, settings) => createEngine(choice, pairs, settings),
      pretraining: choice,
      warmStart: config.warmStart ? warmStartOf(incumbent, config) : undefined,
      gate,
      onProgress: ({ phase }) => clock.now(phase),
    });
    const verdict = trained.metrics.gate!;
    const model = modelFrom(interactions, trained.parameters);
    const served =
      verdict.outcome === 'rejected' ? incumbent : { version: options.version, trainedUntilMs, model };
    return {
      ...base,
      outcome: verdict.outcome,
      gate: verdict,
      error: undefined,
      incumbent: served,
      seconds: seconds(),
      gateSeconds: clock.gateSeconds,
    };
  } catch (error) {
    if (!isSommelierError(error)) throw error;
    return { ...base, outcome: error.code, error: error.message, incumbent, seconds: seconds() };
  }
}

/** Where the incumbent can be begun from. */
function warmStartOf(incumbent: Incumbent | undefined, config: RunConfig): WarmStart | undefined {
  if (incumbent === undefined || 'problem' in incumbent.model) return undefined;
  const { version, trainedUntilMs, model } = incumbent;
  return warmStartProblem(model, config.model) === undefined ? { version, trainedUntilMs, model } : undefined;
}

/** Adds up the time from the first report of the twin to the first of the refit. */
class GateClock {
  #beganAt: number | undefined;
  gateSeconds = 0;

  now(phase: 'search' | 'twin' | 'refit'): void {
    if (phase === 'twin') this.#beganAt ??= performance.now();
    if (phase === 'refit' && this.#beganAt !== undefined && this.gateSeconds === 0) {
      this.gateSeconds = (performance.now() - this.#beganAt) / 1000;
    }
  }
}

type Log = ReturnType<typeof logOf>;

function logOf(events: readonly VisitorEvent[], { data }: RunConfig, { nowMs }: { nowMs: number }) {
  const { columns, stored } = columnsOf(events);
  const newest = (until: number): number =>
    columns.timestampsMs.reduce((most, time) => (time <= until ? Math.max(most, time) : most), 0);
  return {
    columns,
    window: windowOf(newest(nowMs + data.futureToleranceMs), data.windowDays),
    newestStoredMs: newest(Number.POSITIVE_INFINITY),
    stored,
  };
}

function warningsOf(
  { columns, window, newestStoredMs }: Log,
  incumbent: Incumbent | undefined,
  { data }: RunConfig,
): DataFinding['code'][] {
  const model = incumbent?.model;
  const incumbentItems = model !== undefined && 'itemIds' in model ? model.itemIds : undefined;
  const findings = checkData({ columns, window, config: data, newestStoredMs, incumbentItems });
  return findings.filter(({ level }) => level !== 'ok').map(({ code }) => code);
}

function prepared({ columns, window, stored }: Log, { data }: RunConfig) {
  const { interactions, trainedUntilMs } = prepare(columns, data, { ...window, stored });
  const prepareUntil = (asOfMs: number): Interactions | undefined => {
    try {
      return prepare(columns, data, { ...window, asOfMs, stored }).interactions;
    } catch (error) {
      if (isSommelierError(error)) return undefined;
      throw error;
    }
  };
  return { interactions, trainedUntilMs, prepareUntil };
}
