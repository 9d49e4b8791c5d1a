import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { isSommelierError } from '@sommelier/contracts';
import { type QualityResult, runBenchmark } from './benchmark.ts';
import { parseOptions, type QualityOptions, USAGE, UsageError } from './options.ts';
import { progressLine } from './progress-line.ts';
import { DataError, readRatedData } from './rated-pairs.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  await requireWritable(options.json);
  const start = performance.now();
  const data = await readRatedData(options.data, options.name);
  console.log(
    `${options.name}: ${data.userCount} users, ${data.itemCount} items, ${data.train.users.length} training rows, ` +
      `${data.test.length} test users`,
  );
  const result = await runBenchmark(data, options, progressLine(process.stdout));
  const seconds = (performance.now() - start) / 1000;
  await writeJson(options.json, report(options, result, seconds));
  console.log(table(result, seconds));
  return 0;
}

function report({ model, training, name }: QualityOptions, result: QualityResult, seconds: number) {
  return {
    benchmark: 'quality',
    data: name,
    test: result.test,
    config: { model, training },
    seed: training.seed,
    epochs: result.epochs,
    seconds,
    trainingSeconds: result.trainingSeconds,
    samplesPerSecond: result.samplesPerSecond,
    engine: result.engine,
    backend: result.backend,
    backendReason: result.backendReason,
    counts: result.counts,
    validation: result.validation,
    protocol:
      'leave one out, sampled negatives from the data set, ties count against the positive; epochs chosen on each ' +
      "user's last training item, then refitted on all of train",
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      platform: `${platform()} ${arch()}`,
    },
  };
}

function table({ test, ...result }: QualityResult, seconds: number): string {
  const row = (name: string, hr: string, ndcg: string) =>
    `${name.padEnd(12)}${hr.padStart(8)}${ndcg.padStart(10)}`;
  return [
    '',
    row('test', 'HR@10', 'NDCG@10'),
    row('NeuMF', test.neumf.hr10.toFixed(4), test.neumf.ndcg10.toFixed(4)),
    row('popularity', test.popularity.hr10.toFixed(4), test.popularity.ndcg10.toFixed(4)),
    '',
    `${result.epochs} epochs, ${Math.round(result.samplesPerSecond / 1000)}k samples/s, ${seconds.toFixed(0)} s, ` +
      `tfjs on ${result.backend} (${result.backendReason})`,
  ].join('\n');
}

/** Finds out before the training, not after it, whether the result can be written; leaves nothing behind. */
async function requireWritable(path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw new Error('it is a folder');
    await writeFile(temporary, '');
    await rm(temporary);
  } catch (error) {
    throw new UsageError(
      `--json ${path} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function writeJson(path: string, content: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof DataError || error instanceof UsageError || isSommelierError(error);
  console.error(known ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
