import type { ExpectedAnswers } from './expected-answers.ts';
import type { Played } from './faults/played.ts';
import type { Installation } from './installation.ts';
import { orphans, queueLeftovers, temporaryFiles } from './leftovers.ts';
import type { Load, LoadReport } from './load.ts';
import type { ReplicaState, RoundObservation, RunRow } from './observation.ts';

/** What is remembered from round to round. */
export interface Session {
  readonly installation: Installation;
  readonly load: Load;
  readonly expected: ExpectedAnswers;
  /** Rows of runs as they were when they had ended. */
  readonly ended: Map<string, RunRow>;
  /** Ends of processes that were told of already, by process. */
  readonly toldEnds: Map<string, number>;
}

/** Looks at everything that the rules ask for, after a fault and the recovery from it. */
export async function observe(
  session: Session,
  round: { played: Played; unrecovered: readonly string[]; load: LoadReport },
): Promise<RoundObservation> {
  const { installation, load, expected, ended } = session;
  const { played, unrecovered } = round;
  const active = await installation.database.models.active();
  // What somebody may have been answered from: those that were active since the last round.
  if (active !== undefined) await expected.learn(active.version);
  const promised = load.ledger.promises();
  const runs = await installation.queries.runs();
  const endedBefore = new Map(ended);
  for (const run of runs) if (run.finishedAtMs !== null && !ended.has(run.id)) ended.set(run.id, run);
  return {
    unrecovered,
    acceptedRunIds: installation.acceptedRunIds,
    unansweredRuns: installation.unansweredRuns,
    runs,
    endedBefore,
    declared: played.runs,
    active,
    activations: await installation.queries.activations(),
    replicas: await Promise.all(installation.replicas.map((_, k) => replicaState(installation, k))),
    events: load.ledger.compare(promised, await installation.queries.guestEvents()),
    loadProblems: round.load.problems,
    writesMayFail: played.writesMayFail,
    wrongAnswers: expected.wrongAmong(round.load.answers),
    ...(await leftovers(installation)),
    ownEnds: newEnds(session),
    unmet: played.unmet,
  };
}

async function leftovers(
  installation: Installation,
): Promise<Pick<RoundObservation, 'temporaryFiles' | 'orphans' | 'queueLeftovers'>> {
  const processes = [...installation.workers, ...installation.replicas];
  const known = new Set(processes.flatMap(({ pid }) => pid ?? []));
  return {
    temporaryFiles: await temporaryFiles([
      installation.disk.folder,
      ...processes.map(({ folder }) => folder),
    ]),
    orphans: orphans(installation.prefix, known),
    queueLeftovers: await queueLeftovers(installation.redis, installation.prefix),
  };
}

async function replicaState(installation: Installation, replica: number): Promise<ReplicaState> {
  const { name } = installation.replicas[replica]!;
  try {
    const { status, model } = await installation.readiness(replica);
    return { name, ready: status === 'ready', version: model.version, generation: model.generation };
  } catch {
    return { name, ready: false, version: null, generation: null };
  }
}

function newEnds({ installation, toldEnds }: Session): string[] {
  return [...installation.workers, ...installation.replicas].flatMap(({ name, ownEnds }) => {
    const told = toldEnds.get(name) ?? 0;
    toldEnds.set(name, ownEnds.length);
    return ownEnds.slice(told);
  });
}
