import type { GateProtocol, GateVerdict } from '@sommelier/contracts';
import type { Model } from '../model-file/model.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { MIN_PAIRS } from './decide.ts';
import { defaultCutMs } from './gate-cut.ts';
import { type GateTask, gateTask, knownFrom } from './gate-task.ts';

/** The model that is served while its successor is trained. */
export interface Incumbent {
  readonly version: string;
  /** Time of the newest event that it has seen (Unix ms). */
  readonly trainedUntilMs: number;
  /** The model, or why its file cannot be used. */
  readonly model: Model | { readonly problem: string };
}

/** What is compared, decided before anything is trained; `protocol` `none` when nothing can be. */
export interface GatePlan {
  readonly protocol: GateProtocol;
  /** Why it is not the full comparison; empty when it is. */
  readonly note: string;
  readonly incumbent: GateVerdict['incumbent'];
  /** Kept only when it is compared with. */
  readonly incumbentModel: Model | undefined;
  readonly cut: { readonly ms: number; readonly twin: Interactions; readonly task: GateTask } | undefined;
}

export interface GatePlanWork {
  readonly interactions: Interactions;
  readonly incumbent: Incumbent;
  /** What the preparation makes of the events up to a time; undefined when it leaves nothing to train on. */
  readonly prepareUntil: (cutMs: number) => Interactions | undefined;
  readonly maxUsers: number;
  readonly seed: number;
}

/**
 * Chooses the cut: max(default cut, what the incumbent has seen), so that neither model has seen what is after it. With
 * fewer than 500 pairs after that, or without the incumbent's file, the default cut and popularity alone.
 */
export function planGate(work: GatePlanWork): GatePlan {
  const { incumbent } = work;
  const { version, trainedUntilMs, model } = incumbent;
  const origin = { version, trainedUntilMs };
  const defaultMs = defaultCutMs(work.interactions);
  if (defaultMs === undefined) {
    return noPlan(origin, 'all interactions have the same time, so that there is nothing before a cut');
  }
  if ('problem' in model) {
    const note = `the incumbent ${version} cannot be compared with: ${model.problem}`;
    return popularityPlan(work, origin, defaultMs, note);
  }
  const cutMs = Math.max(defaultMs, trainedUntilMs);
  const later = pairsAfter(work.interactions, cutMs);
  const cut = later >= MIN_PAIRS ? cutAt(work, cutMs, model) : undefined;
  if (cut !== undefined && cut.task.pairs >= MIN_PAIRS) {
    return {
      protocol: 'incumbent-and-popularity',
      note: '',
      incumbent: origin,
      incumbentModel: model,
      cut,
    };
  }
  const found = cut?.task.pairs ?? later;
  const note = `only ${found} pairs of known users are newer than what the incumbent ${version} has seen, and ${MIN_PAIRS} are needed to compare with it`;
  return popularityPlan(work, origin, defaultMs, note);
}

function popularityPlan(
  work: GatePlanWork,
  incumbent: GateVerdict['incumbent'],
  cutMs: number,
  note: string,
): GatePlan {
  const cut = cutAt(work, cutMs, undefined);
  if (cut === undefined || cut.task.users === 0) {
    return noPlan(incumbent, `${note}; and no user has interactions on both sides of the default cut`);
  }
  return { protocol: 'popularity-only', note, incumbent, incumbentModel: undefined, cut };
}

function noPlan(incumbent: GateVerdict['incumbent'], note: string): GatePlan {
  return { protocol: 'none', note, incumbent, incumbentModel: undefined, cut: undefined };
}

function cutAt(work: GatePlanWork, ms: number, incumbent: Model | undefined): GatePlan['cut'] {
  const twin = work.prepareUntil(ms);
  if (twin === undefined) return undefined;
  const { interactions, maxUsers, seed } = work;
  const task = gateTask({ interactions, cutMs: ms, twin: knownFrom(twin), incumbent, maxUsers, seed });
  return { ms, twin, task };
}

function pairsAfter({ timestampsMs }: Interactions, cutMs: number): number {
  let count = 0;
  for (const time of timestampsMs) if (time > cutMs) count++;
  return count;
}
