import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from '../growth/repository.ts';
import { ExpectedError } from '../report/expected-error.ts';

/**
 * A module of a built application, whose insides no package exports: what is fuzzed is what runs, not a copy of it.
 * @param path such as `apps/api/dist/main.js`
 * @throws ExpectedError when it was not built
 */
export async function productModule<T>(path: string): Promise<T> {
  const file = join(REPOSITORY, path);
  if (!existsSync(file)) throw new ExpectedError(`${file} is missing: build the repository first`);
  return (await import(pathToFileURL(file).href)) as T;
}
