import { isSommelierError } from '@sommelier/contracts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { UsageError } from '../report/usage-error.ts';
import { runBenchmark } from './benchmark.ts';
import { growthTable } from './growth-table.ts';
import { parseOptions, USAGE } from './options.ts';
import { reportOf } from './report.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  await requireWritable(options.json);
  const points = await runBenchmark(options, {
    onStep: (what) => console.log(what),
    // After each size: the largest takes long, and what was measured before it should not be lost with it.
    onPoint: (done) => writeJson(options.json, reportOf(options, done)),
  });
  console.log(`\n${growthTable(points)}\n\n${points.at(-1)?.engine}; start-up excluded; ${options.json}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof UsageError || isSommelierError(error);
  console.error(known ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
