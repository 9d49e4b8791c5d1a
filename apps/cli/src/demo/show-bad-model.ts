import type { Estimate, TrainingRun } from '@sommelier/contracts';
import pc from 'picocolors';
import type { RolledBack } from './bad-model.ts';
import { formatMs } from './format.ts';
import { paragraph } from './show-result.ts';

/** What the gate made of the mistaken configuration, and how its model was taken back after it was forced. */
export function badModelText(run: TrainingRun, rolledBack: RolledBack | undefined): string {
  const gate = run.metrics?.gate;
  return [
    pc.bold('A model that should not go live'),
    `  a run with a slip in its configuration (a learning rate of 0.000000001) trains well, and ends as ${pc.bold(run.status)}:`,
    paragraph(gate?.reason ?? run.error?.detail ?? 'no reason was given'),
    ...(gate?.ndcg == null ? [] : [`  ${ndcgText(gate.cutoff, gate.ndcg)}`]),
    ...(rolledBack === undefined ? [] : rollbackLines(rolledBack)),
  ].join('\n');
}

function ndcgText(cutoff: number, ndcg: { twin: Estimate; popularity: Estimate }): string {
  return `NDCG@${cutoff} of what users did after the cut: ${ndcg.twin.mean.toFixed(4)}, and ${ndcg.popularity.mean.toFixed(4)} of popularity`;
}

function rollbackLines({ forcedAfterMs, backAfterMs, shared, items, sameAnswer }: RolledBack): string[] {
  const live =
    forcedAfterMs === undefined
      ? 'such a log is too small to tell; it went live'
      : `activated by force, both replicas serve it after ${formatMs(forcedAfterMs)}`;
  return [
    `  ${live}: ${shared} of the first user’s ${items} recommendations are as before;`,
    `  one call takes it back, both replicas after ${formatMs(backAfterMs)}`,
    sameAnswer
      ? '  the first user’s answer is what it was before'
      : pc.yellow('  the first user’s answer is not what it was before'),
  ];
}
