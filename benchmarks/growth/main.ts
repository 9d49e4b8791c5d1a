import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { runBenchmark } from './benchmark.ts';
import { growthTable } from './growth-table.ts';
import { type GrowthOptions, parseOptions, USAGE } from './options.ts';
import { reportOf } from './report.ts';

async function run(options: GrowthOptions): Promise<number> {
  await requireWritable(options.json);
  const points = await runBenchmark(options, {
    onStep: (what) => console.log(what),
    // After each size: the largest takes long, and what was measured before it should not be lost with it.
    onPoint: (done) => writeJson(options.json, reportOf(options, done)),
  });
  console.log(`\n${growthTable(points)}\n\n${points.at(-1)?.engine}; start-up excluded; ${options.json}`);
  return 0;
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
