import { Command, InvalidArgumentError } from 'commander';
import { DEMO_SHOP } from '../generate/presets.ts';
import { checkOptions, type DemoOptions, FEWEST_VISITORS, MOST_VISITORS } from './demo-options.ts';
import { Interrupted, watchInterruption } from './interruption.ts';
import { runDemo } from './run-demo.ts';

/** What a shell calls a process that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

/** `sommelier demo`: the whole system on this machine, from events to recommendations. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('show the whole system: data, a queue, a training, two replicas, recommendations')
    .option('--once', 'end by itself once everything was shown', false)
    .option('--events <file>', 'use a real events.csv (or .csv.gz) instead of a generated shop')
    .option('--json <file>', 'write addresses, login, timings and metrics there once all is up')
    .option(
      '--visitors <number>',
      'visitors of the generated shop',
      integer(FEWEST_VISITORS, MOST_VISITORS),
      DEMO_SHOP.visitors,
    )
    .option('--port <number>', 'port of the first replica (default: a free one)', integer(1, 65_535))
    .option('--keep', 'leave the working folder', false)
    .action(async (options: DemoOptions) => {
      checkOptions(options);
      const { env: environment, stdout: output } = process;
      try {
        await runDemo(options, { environment, output, interruption: watchInterruption() });
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        output.write('\nInterrupted; everything was stopped and removed.\n');
        // Nothing is left to wait for but the request that was cut off.
        process.exit(EXIT_INTERRUPTED);
      }
    });
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
