import {
  chooseEngine,
  describeEngine,
  INCUMBENT_TOLERANCE,
  MIN_PAIRS,
  MIN_USERS,
  SHARE_AFTER_CUT,
} from '@sommelier/ncf/training';
import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { textTable } from '../report/text-table.ts';
import { readEvents } from '../sessions/session-files.ts';
import { type GateResult, type Outcome, runBenchmark } from './benchmark.ts';
import { type GateOptions, parseOptions, USAGE } from './options.ts';

async function run(options: GateOptions): Promise<number> {
  await requireWritable(options.json);
  const choice = await chooseEngine(options.engine, { threads: options.threads });
  const events = await readEvents(options.data);
  console.log(`${events.length} events`);
  const result = await runBenchmark(events, options, choice, (outcome) => console.log(line(outcome)));
  await writeJson(options.json, {
    benchmark: 'gate',
    data: options.data,
    retrains: options.retrains,
    begin: options.begin,
    config: options.config,
    thresholds: { INCUMBENT_TOLERANCE, MIN_PAIRS, MIN_USERS, SHARE_AFTER_CUT },
    engine: describeEngine(choice),
    ...result,
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: hardware(),
  });
  console.log(summary(result));
  return result.falseRefusals === 0 && result.poisons.every(({ isAsDeclared }) => isAsDeclared) ? 0 : 1;
}

function line({ name, outcome, gate, seconds, gateSeconds, error }: Outcome): string {
  const ndcg = gate?.ndcg;
  const figures = ndcg
    ? ` NDCG twin ${digits(ndcg.twin.mean)}, incumbent ${ndcg.incumbent ? digits(ndcg.incumbent.mean) : '-'}, ` +
      `popularity ${digits(ndcg.popularity.mean)}, item-kNN ${digits(ndcg.itemKnn.mean)}; ${gate.pairs} pairs of ${gate.users} users;`
    : '';
  const why =
    outcome === 'rejected' ? ` ${gate?.reason}` : error === undefined ? '' : ` ${error.slice(0, 100)}`;
  return `${name}: ${outcome} (${gate?.protocol ?? '-'});${figures} ${seconds.toFixed(1)} s, ${gateSeconds.toFixed(1)} s of them for the gate.${why}`;
}

function summary({ honest, falseRefusals, poisons }: GateResult): string {
  const judged = honest.length - 1;
  const lines = [
    '',
    `false refusals: ${falseRefusals} of ${judged} honest retrains`,
    ...means(honest.slice(1)),
  ];
  if (poisons.length > 0) {
    const rows = poisons.map(({ name, declared, outcome, warnings, isAsDeclared }) => [
      name,
      declared.join(' or '),
      outcome,
      warnings.join(', '),
      isAsDeclared ? 'yes' : 'NO',
    ]);
    lines.push('', textTable(['poison', 'declared', 'outcome', 'warnings', 'as declared'], rows));
  }
  return lines.join('\n');
}

/** What the honest retrains reached and took, for a comparison of two runs of this command. */
function means(retrains: readonly Outcome[]): string[] {
  const ndcg = retrains.flatMap(({ gate }) => gate?.ndcg?.twin.mean ?? []);
  if (ndcg.length === 0) return [];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const seconds = mean(retrains.map((retrain) => retrain.seconds));
  return [`means of the retrains: NDCG of the twin ${digits(mean(ndcg))}, ${seconds.toFixed(2)} s`];
}

function digits(value: number): string {
  return value.toFixed(4);
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
