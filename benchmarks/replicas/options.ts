import { optionTexts } from '../report/option-texts.ts';
import { wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run bench:replicas -- --json FILE [options]

Starts many replicas of the API on SQLite, an artifact folder and Redis (REDIS_URL, else a redis-server of its own), and
activates one made-up model after the other: with a message on Redis, and without any, as if every message had been
lost. Prints how long it took from the activation until each replica, and the last of them, served the new model.

  --replicas N        (20)
  --activations N     of each kind (20)
  --seed N            of the models (42)`;

export interface ReplicasOptions {
  readonly json: string;
  readonly replicas: number;
  readonly activations: number;
  readonly seed: number;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): ReplicasOptions | 'help' {
  const text = { type: 'string' } as const;
  const values = optionTexts(args, {
    json: text,
    replicas: { ...text, default: '20' },
    activations: { ...text, default: '20' },
    seed: { ...text, default: '42' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) return 'help';
  if (!values.json) throw new UsageError('--json is needed');
  return {
    json: values.json,
    replicas: wholeOf('replicas', values.replicas, 1, 100),
    activations: wholeOf('activations', values.activations, 1, 10_000),
    seed: wholeOf('seed', values.seed, 0),
  };
}
