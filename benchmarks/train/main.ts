import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { runBenchmark, type TrainResult } from './benchmark.ts';
import {
  modelFlopsPerSample,
  NETWORK,
  QUALITY_BATCH,
  QUALITY_SHAPE,
  TRAINING,
  VOCABULARIES,
} from './cells.ts';
import { parseOptions, type TrainOptions, USAGE } from './options.ts';
import { peakLine, qualityTable, speedTable, verdictTable } from './tables.ts';
import { verdictsOf } from './verdicts.ts';

async function run(options: TrainOptions): Promise<number> {
  await requireWritable(options.json);
  const start = performance.now();
  const result = await runBenchmark({ options, say: (line) => console.log(line) });
  await writeJson(options.json, report(options, result, (performance.now() - start) / 1000));
  console.log(tables(result));
  return result.failures.length === 0 ? 0 : 1;
}

function report(options: TrainOptions, result: TrainResult, seconds: number) {
  const { warm, seconds: measured, rounds, qualityEpochs, quick } = options;
  return {
    benchmark: 'train',
    quick,
    seconds,
    protocol: {
      speed:
        'each cell and round in a process of its own; a round is the median of 5 blocks, a cell the median of its ' +
        'rounds; engines take turns within a round. Sampling is timed in sommelier and the C kernels, not in PyTorch',
      learning:
        `${qualityEpochs} epochs at batch ${QUALITY_BATCH}, then each user's held-out item among 99 others; ties count ` +
        'against the positive',
      peak: 'FLOPs of the network as written, forwards and twice that backwards, over the measured peak of one core',
      warmSeconds: warm,
      measuredSeconds: measured,
      rounds,
    },
    network: { ...NETWORK, flopsPerSample: modelFlopsPerSample() },
    training: TRAINING,
    data: { vocabularies: VOCABULARIES, learning: QUALITY_SHAPE },
    verdicts: verdictsOf(result.cells, result.quality),
    ...result,
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: hardware(),
  };
}

function tables(result: TrainResult): string {
  const parts = [
    speedTable(result.cells),
    peakLine(result.peaks),
    ...(result.quality.length > 0 ? [qualityTable(result.quality)] : []),
    verdictTable(verdictsOf(result.cells, result.quality)),
    ...(result.failures.length > 0 ? [`${result.failures.length} runs failed`] : []),
  ];
  return `\n${parts.join('\n\n')}`;
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
