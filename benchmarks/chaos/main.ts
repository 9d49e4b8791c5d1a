import { runProgram } from '../report/run-program.ts';
import { type ChaosOptions, parseOptions, USAGE } from './options.ts';
import { runRounds } from './run-rounds.ts';
import { runShortJobs } from './short-jobs/run-short-jobs.ts';
import { runStalls } from './stalls/run-stalls.ts';

function run(options: ChaosOptions): Promise<number> {
  switch (options.mode) {
    case 'rounds':
      return runRounds(options);
    case 'short-jobs':
      return runShortJobs(options);
    case 'stalls':
      return runStalls(options);
  }
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
