import { runProgram } from '../report/run-program.ts';
import { type ChaosOptions, parseOptions, USAGE } from './options.ts';
import { runRounds } from './run-rounds.ts';
import { runShortJobs } from './short-jobs/run-short-jobs.ts';

const run = (options: ChaosOptions): Promise<number> =>
  options.mode === 'rounds' ? runRounds(options) : runShortJobs(options);

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
