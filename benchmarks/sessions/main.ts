import { PERSONALIZER_DEFAULTS } from '@sommelier/ncf';
import {
  chooseEngine,
  describeEngine,
  ITEM_TO_ITEM_DEFAULTS,
  type TrainModelProgress,
} from '@sommelier/ncf/training';
import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { textTable } from '../report/text-table.ts';
import {
  readData,
  runBenchmark,
  runTuning,
  type SessionsObserver,
  type SessionsResult,
} from './benchmark.ts';
import { type FoldInResult, measureFoldIn } from './fold-in.ts';
import type { NextItemQuality } from './next-item.ts';
import { parseOptions, type SessionsOptions, USAGE } from './options.ts';
import type { Interval } from './paired-bootstrap.ts';

async function run(options: SessionsOptions): Promise<number> {
  await requireWritable(options.json);
  const choice = await chooseEngine(options.engine, { threads: options.threads });
  const { source } = options;
  if (source.kind === 'fold-in') {
    const result = await measureFoldIn(source, { ...options, choice }, progress());
    await writeJson(options.json, report(options, describeEngine(choice), result));
    console.log(foldInTable(result));
    return 0;
  }
  const work = { ...options, source };
  const observer = { line: (text: string) => console.log(text), training: progress() };
  const data = await readData(work);
  console.log(`${data.train.length} training events, ${data.test.length} test sessions`);
  const result =
    work.tune === undefined
      ? await runBenchmark(data, work, choice, observer)
      : await runTuning(data, { ...work, tune: work.tune }, choice, observer);
  await writeJson(options.json, report(work, describeEngine(choice), result));
  if ('sommelier' in result) console.log(table(result));
  return 0;
}

function report({ source, config }: SessionsOptions, engine: string, result: object) {
  return {
    benchmark: 'sessions',
    data: source,
    config,
    personalizer: PERSONALIZER_DEFAULTS,
    itemToItem: ITEM_TO_ITEM_DEFAULTS,
    engine,
    ...result,
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: hardware(),
  };
}

/** A line for each part of a training. */
function progress(): SessionsObserver['training'] {
  let before = '';
  return ({ stage, phase, epoch, fraction }: TrainModelProgress) => {
    const part = `${phase} ${stage} ${epoch}`;
    if (part === before) return;
    before = part;
    console.log(`  ${Math.round(100 * fraction)} %  ${part}`);
  };
}

const digits = (value: number) => value.toFixed(4);

function table({ sommelier, sessionKnn, popularity, difference, ...rest }: SessionsResult): string {
  const row = (name: string, { hr20, mrr20, unseenHr20, unseenMrr20 }: NextItemQuality) => [
    name,
    ...[hr20, mrr20, unseenHr20, unseenMrr20].map(digits),
  ];
  const interval = ({ value, low, high }: Interval) => `${digits(value)} (${digits(low)} to ${digits(high)})`;
  const { counts } = rest;
  return [
    '',
    textTable(
      ['next item', 'HR@20', 'MRR@20', 'HR@20 of new items', 'MRR@20'],
      [row('sommelier', sommelier), row('V-SKNN', sessionKnn), row('popularity', popularity)],
    ),
    '',
    `sommelier / V-SKNN: HR@20 ${(sommelier.hr20 / sessionKnn.hr20).toFixed(3)}, MRR@20 ${(sommelier.mrr20 / sessionKnn.mrr20).toFixed(3)}`,
    `difference (95%): HR@20 ${interval(difference.hr20)}, MRR@20 ${interval(difference.mrr20)}`,
    `V-SKNN: ${JSON.stringify(sessionKnn.options)}`,
    `${counts.beginnings} beginnings of ${counts.testSessions} sessions, ${counts.unseenBeginnings} with a next item that is new to the session`,
    `trained in ${rest.trainingSeconds.toFixed(0)} s, ${rest.millisecondsAnAnswer.toFixed(1)} ms an answer`,
  ].join('\n');
}

function foldInTable({ users, trainedRow, foldedIn, ndcgRatio, millisecondsAUser }: FoldInResult): string {
  return [
    '',
    textTable(
      [`${users} users`, 'HR@10', 'NDCG@10'],
      [
        ['trained row', digits(trainedRow.hr10), digits(trainedRow.ndcg10)],
        ['folded in', digits(foldedIn.hr10), digits(foldedIn.ndcg10)],
      ],
    ),
    '',
    `folded in / trained row: NDCG@10 ${ndcgRatio.toFixed(4)}; ${millisecondsAUser.toFixed(2)} ms a user`,
  ].join('\n');
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
