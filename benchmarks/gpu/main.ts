import { availableParallelism } from 'node:os';
import { modelConfigSchema, trainingConfigSchema } from '@sommelier/contracts';
import { chooseEngine, type EngineSettings } from '@sommelier/ncf/training';
import { hardware } from '../report/hardware.ts';
import { writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { chooseGpu, type GpuChoice } from './hardware.ts';
import { type GpuOptions, ITEMS, parseOptions, USAGE, USERS } from './options.ts';
import { syntheticPairs } from './synthetic-pairs.ts';
import { measureSampling, measureThroughput, type Throughput } from './throughput.ts';
import { measureTorch, type TorchFigure, torchProblem } from './torch-peer.ts';

interface Row {
  readonly ours: Throughput;
  readonly torchDense: TorchFigure | undefined;
  readonly torchSparse: TorchFigure | undefined;
}

async function run(options: GpuOptions): Promise<number> {
  const gpu = await chooseGpu(options, async (requested) => {
    const { engine, reason } = await chooseEngine(requested);
    return { backend: engine.name === 'tfjs' ? engine.backend : engine.name, reason };
  });
  const pairs = syntheticPairs(USERS, ITEMS, options.pairs);
  const sampling = measureSampling(pairs, settingsOf(options, 65_536).training);
  const noTorch = await torchProblem(options);
  console.log(
    `${gpu.backend}: ${gpu.reason}\n${USERS} users x ${ITEMS} items, ${pairs.items.length} positives with 4 negatives\n` +
      `one thread draws ${thousands(sampling)}k samples/s\n` +
      `PyTorch: ${noTorch === undefined ? 'on the same card, its batches drawn beforehand' : `not measured (${noTorch})`}\n\n` +
      line('batch', gpu.backend, 'torch Adam', 'torch SparseAdam'),
  );
  const rows: Row[] = [];
  for (const batchSize of options.batchSizes) {
    const ours = await measureThroughput(pairs, settingsOf(options, batchSize), gpu.backend, options.seconds);
    const measured = noTorch === undefined;
    const torchDense = measured ? await measureTorch(options, batchSize, 'dense') : undefined;
    const torchSparse = measured ? await measureTorch(options, batchSize, 'sparse') : undefined;
    rows.push({ ours, torchDense, torchSparse });
    console.log(line(`${batchSize}`, rate(ours), rate(torchDense), rate(torchSparse)));
  }
  if (options.json !== undefined)
    await writeJson(options.json, report(options, gpu, { sampling, noTorch, rows }));
  return 0;
}

function settingsOf({ factors, layers }: GpuOptions, batchSize: number): EngineSettings {
  return {
    model: modelConfigSchema.parse({ factors, layers: [...layers] }),
    training: trainingConfigSchema.parse({ batchSize, strengthWeight: 'none' }),
  };
}

function report(
  options: GpuOptions,
  gpu: GpuChoice,
  measured: { sampling: number; noTorch: string | undefined; rows: readonly Row[] },
) {
  return {
    benchmark: 'gpu',
    software: options.software,
    backend: gpu.backend,
    backendReason: gpu.reason,
    config: { factors: options.factors, layers: options.layers, negativesPerPositive: 4 },
    counts: { users: USERS, items: ITEMS, pairs: options.pairs },
    samplesDrawnPerThreadSecond: measured.sampling,
    processors: availableParallelism(),
    results: measured.rows,
    torchNotMeasured: measured.noTorch,
    protocol:
      'ours: median of whole epochs, sampling and the reading of the parameters at the end included, the first epoch not ' +
      'counted; PyTorch: median of blocks of optimiser steps, its batches drawn outside the clock; float32, but see tf32',
    /** TensorFlow rounds products on Ampere and later unless this is 0; PyTorch does not by default. */
    tf32: process.env.NVIDIA_TF32_OVERRIDE ?? 'not set',
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: hardware(),
  };
}

function line(...cells: string[]): string {
  return cells.map((cell) => cell.padStart(18)).join('');
}

function rate(figure: { samplesPerSecond: number } | undefined): string {
  return figure === undefined ? '-' : `${thousands(figure.samplesPerSecond)}k samples/s`;
}

function thousands(value: number): string {
  return (value / 1000).toFixed(value < 10_000 ? 1 : 0);
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
