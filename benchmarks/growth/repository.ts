import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository, from the sources as from what was built from them. */
export const REPOSITORY = rootAbove(dirname(fileURLToPath(import.meta.url)));

/** Main file of one of the built applications. */
export function mainOf(app: 'api' | 'cli' | 'worker'): string {
  return join(REPOSITORY, 'apps', app, 'dist', 'main.js');
}

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'turbo.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('This benchmark runs from a checkout of the repository only');
  return rootAbove(parent);
}
