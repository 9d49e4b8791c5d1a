// One of sommelier's engines in a process of its own: its only argument is the work as JSON, and it prints one line of
// JSON. So the peak memory is that of the run, and one engine's garbage and compiled code disturb no other.
import { writeSync } from 'node:fs';
import { trainingConfigSchema } from '@sommelier/contracts';
import { createTfjsEngine } from '@sommelier/ncf/tfjs';
import { createWasmEngine, type TrainingEngine } from '@sommelier/ncf/training';
import { qualityOf, rankTasks } from '../quality/ranking.ts';
import { NETWORK, type OwnEngine, TRAINING } from './cells.ts';
import type { QualityRun, RunRequest, SpeedRun } from './measurement.ts';
import { RateBlocks } from './rate-blocks.ts';
import { median } from './statistics.ts';
import type { SyntheticData } from './synthetic-data.ts';
import { TEST_NEGATIVES } from './synthetic-data.ts';
import { readTrainingSet } from './training-set-file.ts';

type Work = RunRequest & { readonly engine: OwnEngine };

async function createEngine(
  { engine, batch, seed, threads }: Work,
  data: SyntheticData,
): Promise<TrainingEngine> {
  const settings = {
    model: { factors: NETWORK.factors, layers: [...NETWORK.layers] },
    training: trainingConfigSchema.parse({
      batchSize: batch,
      learningRate: TRAINING.learningRate,
      learningRateDecay: 1,
      pretraining: 'none',
      negativesPerPositive: TRAINING.negatives,
      l2: 0,
      initSigma: TRAINING.initSigma,
      strengthWeight: 'none',
      seed,
    }),
  };
  if (engine === 'tfjs') return await createTfjsEngine(data.pairs, settings, { backend: 'wasm' });
  const build = engine === 'wasm-relaxed' ? 'relaxed-simd' : 'simd';
  return await createWasmEngine(data.pairs, settings, { threads, build });
}

const seconds = () => performance.now() / 1000;

/** Trains until the time is over and then ends the process, in the middle of an epoch: it may take minutes. */
async function measureSpeed(engine: TrainingEngine, work: Work): Promise<never> {
  const blocks = new RateBlocks(seconds(), work.warm, work.seconds);
  let before = 0;
  for (let epoch = 0; ; epoch++) {
    const { totalSamples } = await engine.trainEpoch(epoch, ({ samples }) => {
      if (!blocks.report(before + samples, seconds())) return;
      const rates = [...blocks.rates];
      printAndExit({ samplesPerSecond: median(rates), blocks: rates, ...usage() } satisfies SpeedRun);
    });
    before += totalSamples;
  }
}

function usage() {
  return {
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    versions: { node: process.version, v8: process.versions.v8 },
  };
}

async function measureQuality(engine: TrainingEngine, work: Work, data: SyntheticData): Promise<never> {
  const start = seconds();
  const losses: number[] = [];
  for (let epoch = 0; epoch < work.epochs; epoch++) losses.push((await engine.trainEpoch(epoch)).loss);
  const trainingSeconds = seconds() - start;
  const { users, positives, negatives } = data.heldOut;
  const tasks = Array.from(users, (user, test) => ({
    user,
    positive: positives[test]!,
    negatives: negatives.subarray(test * TEST_NEGATIVES, (test + 1) * TEST_NEGATIVES),
  }));
  const quality =
    tasks.length === 0
      ? qualityOf([])
      : await rankTasks(tasks, data.pairs.itemCount, (some) => engine.scoreUsers(some));
  printAndExit({ losses, trainingSeconds, ...quality } satisfies QualityRun);
}

function printAndExit(result: SpeedRun | QualityRun): never {
  writeSync(1, `${JSON.stringify(result)}\n`);
  process.exit(0);
}

const work = JSON.parse(process.argv[2] ?? 'null') as Work;
const data = await readTrainingSet(work.data);
const engine = await createEngine(work, data);
if (work.epochs > 0) await measureQuality(engine, work, data);
await measureSpeed(engine, work);
