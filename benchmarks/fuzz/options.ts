import { optionTexts } from '../report/option-texts.ts';
import { wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run fuzz -- --json FILE [options]

Sends made-up requests to a real API on SQLite and Redis (REDIS_URL, else a redis-server of its own; Linux) with a
model: wrong types, huge numbers, Unicode and 10 kB ids, duplicate parameters, deep and damaged JSON, odd encodings,
headers and methods, bytes that are no HTTP, and valid requests between them, made from the API's own /openapi.json.
A 5xx is a failure, and so is a proper request without an answer; then the exit code is 1.

  --json FILE         where to write the result
  --requests N        how many requests (default 100000)
  --seed N            seed of the requests (default 42)
  --connections N     connections that are used at once (default 16)
  --url URL           a running API instead of one of its own; memory is then not measured
  --help              this text`;

export interface FuzzOptions {
  readonly json: string;
  readonly requests: number;
  readonly seed: number;
  readonly connections: number;
  readonly url: string | undefined;
}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): FuzzOptions | 'help' {
  const text = { type: 'string' } as const;
  const given = optionTexts(args, {
    json: text,
    requests: { ...text, default: '100000' },
    seed: { ...text, default: '42' },
    connections: { ...text, default: '16' },
    url: text,
    help: { type: 'boolean', default: false },
  });
  if (given.help === true) return 'help';
  if (given.json === undefined) throw new UsageError('--json FILE is needed');
  if (given.url !== undefined && !/^http:\/\/[^/]+$/.test(given.url)) {
    throw new UsageError(`--url: "${given.url}" is not http://HOST:PORT`);
  }
  return {
    json: given.json,
    requests: wholeOf('requests', given.requests as string, 1, 100_000_000),
    seed: wholeOf('seed', given.seed as string, 0, 4_294_967_295),
    connections: wholeOf('connections', given.connections as string, 1, 1_000),
    url: given.url,
  };
}
