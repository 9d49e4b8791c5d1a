import { optionTexts } from '../report/option-texts.ts';
import { wholeOf } from '../report/option-values.ts';
import { UsageError } from '../report/usage-error.ts';

export const USAGE = `Usage: npm run fuzz -- --json FILE [options]

Sends made-up requests to a real API on SQLite and Redis (REDIS_URL, else a redis-server of its own; Linux) with a
model: wrong types, huge numbers, Unicode and 10 kB ids, duplicate parameters, deep and damaged JSON, odd encodings,
headers and methods, bytes that are no HTTP, and valid requests between them, made from the API's own /openapi.json.
A 5xx is a failure, and so is a proper request without an answer; then the exit code is 1.

Damages files and messages, where one of these is given (and then sends requests only with --requests):
  --model-files N     models with cut, flipped, moved, ... bytes in file or manifest, half of them with the hashes made
                      anew, to the code by which a replica loads them: refused in an orderly way, or right in all answers
  --csv-files N       events.csv, items.csv, item_properties.csv and category_tree.csv to the code of sommelier import:
                      refused with nothing stored, or every row accounted for
  --messages N        messages on the Redis channels and data of the queues' jobs, to the code that takes them

  --json FILE         where to write the result
  --requests N        how many requests (default 100000)
  --seed N            seed of all of it (default 42)
  --connections N     connections that are used at once (default 16)
  --url URL           a running API instead of one of its own; memory is then not measured
  --help              this text`;

export interface FuzzOptions {
  readonly json: string;
  readonly requests: number;
  readonly modelFiles: number;
  readonly csvFiles: number;
  readonly messages: number;
  readonly seed: number;
  readonly connections: number;
  readonly url: string | undefined;
}

const MOST_CASES = 100_000_000;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): FuzzOptions | 'help' {
  const text = { type: 'string' } as const;
  const given = optionTexts(args, {
    json: text,
    requests: text,
    'model-files': text,
    'csv-files': text,
    messages: text,
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
  const cases = (name: 'requests' | 'model-files' | 'csv-files' | 'messages', otherwise: number) =>
    given[name] === undefined ? otherwise : wholeOf(name, given[name], 1, MOST_CASES);
  const files = {
    modelFiles: cases('model-files', 0),
    csvFiles: cases('csv-files', 0),
    messages: cases('messages', 0),
  };
  const isAboutFiles = Object.values(files).some((count) => count > 0);
  return {
    json: given.json,
    requests: cases('requests', isAboutFiles && given.url === undefined ? 0 : 100_000),
    ...files,
    seed: wholeOf('seed', given.seed as string, 0, 4_294_967_295),
    connections: wholeOf('connections', given.connections as string, 1, 1_000),
    url: given.url,
  };
}
