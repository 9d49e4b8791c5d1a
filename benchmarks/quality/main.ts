import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { textTable } from '../report/text-table.ts';
import { type QualityResult, runBenchmark } from './benchmark.ts';
import { type DataSource, parseOptions, type QualityOptions, USAGE } from './options.ts';
import { progressLine } from './progress-line.ts';
import type { RankingQuality } from './ranking.ts';
import { type RatedData, readRatedData } from './rated-pairs.ts';
import { readRatings } from './ratings-file.ts';
import { type Spread, spreadOf } from './spread.ts';

async function run(options: QualityOptions): Promise<number> {
  await requireWritable(options.json);
  const data = await read(options.source);
  console.log(
    `${nameOf(options.source)}: ${data.userCount} users, ${data.itemCount} items, ${data.train.users.length} training rows, ` +
      `${data.test.length} test users`,
  );
  const result = await runBenchmark(data, options, progressLine(process.stdout));
  await writeJson(options.json, report(options, result));
  console.log(tables(result));
  return 0;
}

function read(source: DataSource): Promise<RatedData> {
  return 'ratings' in source ? readRatings(source.ratings) : readRatedData(source.folder, source.name);
}

function nameOf(source: DataSource): string {
  return 'ratings' in source ? source.ratings : source.name;
}

function report({ settings, source, preset }: QualityOptions, result: QualityResult) {
  const { model, training } = settings;
  return {
    benchmark: 'quality',
    data: nameOf(source),
    preset,
    config: { model, training },
    ...result,
    testOverSeeds: {
      hr10: over(result, ({ test }) => test.hr10),
      ndcg10: over(result, ({ test }) => test.ndcg10),
    },
    protocol:
      "leave one out, 99 sampled negatives, ties count against the positive; pre-training and epochs chosen on each user's " +
      'last training item, then refitted on all of train, and the test ranked once a seed',
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: hardware(),
  };
}

function over(result: QualityResult, value: (seed: QualityResult['seeds'][number]) => number): Spread {
  return spreadOf(result.seeds.map(value));
}

const digits = (value: number) => value.toFixed(4);
const quality = (name: string, { hr10, ndcg10 }: RankingQuality) => [name, digits(hr10), digits(ndcg10)];

function tables(result: QualityResult): string {
  const { seeds, baselines } = result;
  const mean = (value: Parameters<typeof over>[1]) => over(result, value);
  const spread = ({ mean: middle, deviation }: Spread) => `${digits(middle)} +- ${digits(deviation)}`;
  const ablated = (part: 'neumf' | 'gmf' | 'mlp' | 'pretrainedGmf') => {
    const parts = seeds.flatMap(({ ablation }) => ablation[part] ?? []);
    if (parts.length === 0) return [];
    const middle = (key: keyof RankingQuality) => digits(spreadOf(parts.map((p) => p[key])).mean);
    return [middle('hr10'), middle('ndcg10')];
  };
  return [
    '',
    textTable(
      ['test', 'HR@10', 'NDCG@10', 'epochs', 'absent weight', 'training s', 'all s'],
      [
        ...seeds.map((seed) => [
          ...quality(`NeuMF, seed ${seed.seed}`, seed.test),
          String(seed.epochs),
          String(seed.pretraining?.unobservedWeight ?? '-'),
          seed.trainingSeconds.toFixed(1),
          seed.seconds.toFixed(1),
        ]),
        [
          `mean of ${seeds.length}`,
          spread(mean(({ test }) => test.hr10)),
          spread(mean(({ test }) => test.ndcg10)),
          '',
          '',
          mean(({ trainingSeconds }) => trainingSeconds).mean.toFixed(1),
          mean(({ seconds }) => seconds).mean.toFixed(1),
        ],
        quality('item-kNN', baselines.itemKnn),
        quality('popularity', baselines.popularity),
      ],
    ),
    '',
    textTable(
      ['validation, mean over seeds', 'HR@10', 'NDCG@10'],
      [
        ['NeuMF', ...ablated('neumf')],
        ['its GMF branch alone', ...ablated('gmf')],
        ['its MLP branch alone', ...ablated('mlp')],
        ['GMF as pre-trained', ...ablated('pretrainedGmf')],
      ].filter((row) => row.length > 1),
    ),
    '',
    `${result.engine} (${result.engineReason}), ${Math.round(result.samplesPerSecond / 1000)}k samples/s in the epochs`,
  ].join('\n');
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
