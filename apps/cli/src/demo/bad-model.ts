import type { SommelierClient } from '@sommelier/client';
import type { TrainingRun, TrainingRunRequest } from '@sommelier/contracts';
import type { DemoOptions } from './demo-options.ts';
import { demoTraining } from './demo-options.ts';
import { type Followed, followToItsEnd } from './follow-training.ts';
import type { Report } from './steps.ts';

/** How a model went live that should not have, and what taking it back came to. */
export interface RolledBack {
  /** From asking one replica for the refused model until both served it; undefined for one that was not refused. */
  readonly forcedAfterMs: number | undefined;
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
 * Somebody activates the refused model all the same; one call takes it back. A log of a few users cannot tell a bad model
 * from a good one: there the gate may have let it through, and it is only taken back.
 * `untilServed` waits until every replica serves a version.
 */
export async function forceAndRollBack(
  replicas: readonly SommelierClient[],
  versions: { readonly good: string; readonly bad: string; readonly isRefused: boolean },
  example: { readonly userId: string; readonly goodItems: readonly string[] },
  untilServed: (version: string) => Promise<void>,
): Promise<RolledBack> {
  const [first, last] = [replicas[0]!, replicas.at(-1)!];
  const good = example.goodItems;
  const itemsNow = async (): Promise<string[]> => {
    const { items } = await last.recommendations(example.userId, { n: good.length });
    return items.map(({ itemId }) => itemId);
  };
  const activated = async (version: string, force: boolean): Promise<number> => {
    const started = performance.now();
    await first.activateModel(version, { activatedBy: 'demo', force });
    await untilServed(version);
    return performance.now() - started;
  };
  const forcedAfterMs = versions.isRefused ? await activated(versions.bad, true) : undefined;
  if (forcedAfterMs === undefined) await untilServed(versions.bad);
  const bad = await itemsNow();
  const backAfterMs = await activated(versions.good, false);
  const after = await itemsNow();
  return {
    forcedAfterMs,
    backAfterMs,
    shared: bad.filter((itemId) => good.includes(itemId)).length,
    items: good.length,
    sameAnswer: JSON.stringify(good) === JSON.stringify(after),
  };
}
