import type { TrainingRun } from '@sommelier/contracts';
import { describeReply } from '../balanced-client.ts';
import type { Fault } from '../fault.ts';
import { type PoisonPlan, poisonPlan } from '../poison-plan.ts';
import type { Shop } from '../shop.ts';
import { type Played, played } from './played.ts';
import type { Scene } from './run-under-fault.ts';

/** Events that the API takes go in through it only; these come as an import brings them. */
export async function poison(
  scene: Scene & { shop: Shop },
  { poison: name }: Extract<Fault, { kind: 'poison' }>,
): Promise<Played> {
  const { installation, shop, trainingSeed } = scene;
  const hurtAtMs = Date.now();
  const plan = poisonPlan(name, shop, hurtAtMs);
  const transactionId = `poison-${trainingSeed}`;
  const unmet = name === 'far-future' ? await refusedByApi(scene, plan) : [];
  await installation.database.events.insert(plan.events.map((event) => ({ ...event, transactionId })));
  const run = await installation.train({ training: { seed: trainingSeed }, ...plan.request });
  const end = await run.end;
  return played({
    hurtAtMs,
    mendedAtMs: Date.now(),
    runs: [{ id: run.id, statuses: plan.statuses, ...(plan.codes !== undefined && { codes: plan.codes }) }],
    unmet: [...unmet, ...unwarned(end, plan)],
    note: `${plan.events.length} events, ${end.status} ${end.error?.code ?? ''}`.trim(),
    cleanUp: () => installation.queries.deleteEventsOf(transactionId),
  });
}

/** What the clock cannot have seen yet must not come in by the front door. */
async function refusedByApi({ installation }: Scene, { events }: PoisonPlan): Promise<string[]> {
  const reply = await installation.client.post('/v1/events', { events: events.slice(0, 1) });
  const answer = describeReply(reply);
  return answer === '400 invalid-request' ? [] : [`an event of the far future was answered with ${answer}`];
}

function unwarned({ funnel }: TrainingRun, { warning }: PoisonPlan): string[] {
  if (warning === undefined) return [];
  const finding = funnel?.findings?.find(({ code }) => code === warning);
  return finding === undefined || finding.level === 'ok'
    ? [`the data check ${warning} says ${finding?.level ?? 'nothing'}`]
    : [];
}
