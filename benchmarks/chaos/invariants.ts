import type { RoundObservation, RunRow } from './observation.ts';

/** Something that must never happen. */
export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}

const FINAL: ReadonlySet<string> = new Set(['succeeded', 'rejected', 'failed', 'cancelled']);

/** What must hold after every round: each rule gives what speaks against it. */
const RULES = {
  /** All is as good as before, in time. */
  'not-recovered': ({ unrecovered }) => unrecovered,
  /** Every accepted run is there. */
  'run-lost': ({ acceptedRunIds, runs }) => {
    const rows = new Set(runs.map(({ id }) => id));
    return acceptedRunIds.filter((id) => !rows.has(id)).map((id) => `${id} was accepted and has no row`);
  },
  /** There is no run that nobody has asked for. */
  'run-unasked': ({ acceptedRunIds, unansweredRuns, runs }) => {
    const accepted = new Set(acceptedRunIds);
    const unasked = runs.filter(({ id }) => !accepted.has(id));
    return unasked.length > unansweredRuns ? unasked.map(({ id }) => `${id} was not asked for`) : [];
  },
  /** Every run has ended. */
  'run-not-final': ({ runs }) =>
    runs.filter(({ status }) => !FINAL.has(status)).map(({ id, status }) => `${id} is still ${status}`),
  /** What has ended does not change any more, and is activated at most once. */
  'run-ended-twice': ({ runs, endedBefore, activations }) => [
    ...runs.flatMap((run) => {
      const before = endedBefore.get(run.id);
      return before === undefined || isSameEnd(before, run)
        ? []
        : [`${run.id} had ended as ${endOf(before)}, and is ${endOf(run)} now`];
    }),
    ...runs.flatMap(({ id }) => {
      const times = activations.filter(({ activatedBy }) => activatedBy === `run:${id}`).length;
      return times > 1 ? [`${id} has activated a model ${times} times`] : [];
    }),
  ],
  /** A run has succeeded if and only if its model was activated. */
  'run-half-done': ({ runs, activations }) =>
    runs.flatMap(({ id, status, modelVersion }) => {
      const activated = activations.find(({ activatedBy }) => activatedBy === `run:${id}`);
      if (status === 'succeeded' && activated?.version !== modelVersion)
        return [`${id} succeeded with ${modelVersion}, and activated ${activated?.version ?? 'nothing'}`];
      if (status !== 'succeeded' && activated !== undefined)
        return [`${id} is ${status}, and activated ${activated.version}`];
      return [];
    }),
  /** The round's runs came to what was declared. */
  'run-unexpected-end': ({ declared, runs }) =>
    declared.flatMap(({ id, statuses, codes }) => {
      const run = runs.find((row) => row.id === id);
      if (run === undefined) return [];
      const isDeclared = statuses.includes(run.status) && (codes?.includes(run.code ?? '') ?? true);
      return isDeclared
        ? []
        : [`${id} is ${endOf(run)} instead of ${[...statuses, ...(codes ?? [])].join()}`];
    }),
  /** Every replica serves the active generation. */
  'replica-diverged': ({ replicas, active }) =>
    replicas
      .filter(
        ({ ready, version, generation }) =>
          !ready || version !== active?.version || generation !== active?.generation,
      )
      .map(
        ({ name, ready, version, generation }) =>
          `${name} ${ready ? 'serves' : 'is not ready with'} ${version} (${generation}), and ` +
          `${active?.version} (${active?.generation}) is active`,
      ),
  /** What was acknowledged is stored. */
  'event-lost': ({ events }) => events.lost,
  /** Nothing is stored twice. */
  'event-doubled': ({ events }) => events.doubled,
  /** Nothing is stored that nobody has sent. */
  'event-strange': ({ events }) => events.strange,
  /** Some replica answers every request, unless the fault takes away what all of them need. */
  'request-unanswered': ({ loadProblems, writesMayFail }) =>
    loadProblems
      .filter(({ kind, request }) => kind === 'unanswered' && !(request === 'write' && writesMayFail))
      .map(({ request, text }) => `a ${request} was not answered: ${text}`),
  /** No replica answers with an error of its own. */
  'request-error': ({ loadProblems }) =>
    loadProblems
      .filter(({ kind }) => kind === 'error')
      .map(({ request, text }) => `a ${request} was answered with an error: ${text}`),
  /** Every answer is that of the model that it names. */
  'answer-wrong': ({ wrongAnswers }) => wrongAnswers,
  'temporary-file': ({ temporaryFiles }) => temporaryFiles,
  'orphan-process': ({ orphans }) => orphans,
  'queue-leftover': ({ queueLeftovers }) => queueLeftovers,
  'process-died': ({ ownEnds }) => ownEnds,
  'fault-unmet': ({ unmet }) => unmet,
} satisfies Record<string, (observation: RoundObservation) => readonly string[]>;

export type Rule = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as Rule[];

/** What speaks against the rules in what was observed; the order is that of the rules. */
export function violationsOf(observation: RoundObservation): Violation[] {
  return RULE_NAMES.flatMap((rule) => RULES[rule](observation).map((text) => ({ rule, text })));
}

function isSameEnd(before: RunRow, now: RunRow): boolean {
  return (
    before.status === now.status &&
    before.code === now.code &&
    before.attempts === now.attempts &&
    before.modelVersion === now.modelVersion &&
    before.finishedAtMs === now.finishedAtMs
  );
}

function endOf({ status, code, attempts, modelVersion }: RunRow): string {
  const details = [code, modelVersion, `attempt ${attempts}`].filter((detail) => detail !== null);
  return `${status} (${details.join(', ')})`;
}
