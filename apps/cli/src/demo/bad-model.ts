import type { SommelierClient } from '@sommelier/client';
import type { TrainingRun, TrainingRunRequest } from '@sommelier/contracts';
import type { DemoOptions } from './demo-options.ts';
import { demoTraining } from './demo-options.ts';
import { type Followed, followToItsEnd } from './follow-training.ts';
import type { Report } from './steps.ts';

const ITEMS = 5;

/** How a model went live that should not have, and what taking it back came to. */
export interface RolledBack {
  /** From asking one replica for the refused model until both served it. */
  readonly forcedAfterMs: number;
  /** From asking one replica for the good model until both served it again. */
  readonly backAfterMs: number;
  /** Of the example user's items under the good model, how many the bad one recommended, too. */
  readonly shared: number;
  readonly items: number;
  /** Whether the example user's answer is what it was before. */
  readonly sameAnswer: boolean;
}

/**
 * A slip in a configuration: a step size so small that nothing is learnt, and no start to make up for it. The run itself
 * goes well, so that nothing but the comparison can tell.
 */
export function mistakenTraining(options: DemoOptions): TrainingRunRequest {
  return { ...demoTraining(options), training: { pretraining: 'none', learningRate: 1e-9, epochs: 1 } };
}

/** Trains by the mistaken configuration, and waits for what becomes of it. */
export async function trainBadModel(
  followed: Followed,
  options: DemoOptions,
  report: Report,
): Promise<TrainingRun> {
  const { id } = await followed.api.startTraining(mistakenTraining(options));
  return followToItsEnd(followed, id, report);
}

/**
 * Somebody activates the refused model all the same; one call takes it back.
 * `untilServed` waits until every replica serves a version.
 */
export async function forceAndRollBack(
  replicas: readonly SommelierClient[],
  versions: { readonly good: string; readonly bad: string },
  userId: string,
  untilServed: (version: string) => Promise<void>,
): Promise<RolledBack> {
  const [first, last] = [replicas[0]!, replicas.at(-1)!];
  const itemsNow = async (): Promise<string[]> => {
    const { items } = await last.recommendations(userId, { n: ITEMS });
    return items.map(({ itemId }) => itemId);
  };
  const activated = async (version: string, force: boolean): Promise<number> => {
    const started = performance.now();
    await first.activateModel(version, { activatedBy: 'demo', force });
    await untilServed(version);
    return performance.now() - started;
  };
  const before = await itemsNow();
  const forcedAfterMs = await activated(versions.bad, true);
  const bad = await itemsNow();
  const backAfterMs = await activated(versions.good, false);
  const after = await itemsNow();
  return {
    forcedAfterMs,
    backAfterMs,
    shared: bad.filter((itemId) => before.includes(itemId)).length,
    items: before.length,
    sameAnswer: JSON.stringify(before) === JSON.stringify(after),
  };
}
