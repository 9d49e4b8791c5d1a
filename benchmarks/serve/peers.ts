import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchmarksFolder } from '../train/benchmarks-folder.ts';
import { ChildError, lastJsonLine, runChild } from '../train/child-process.ts';
import type { PeerCell } from './cells.ts';
import type { RequestPaths } from './load-job.ts';
import { programOf, type ServerProcess, startServer } from './server-process.ts';

/** ML-1M's; the files that the seed's steps load at each request grow with them. */
export const PEER_USERS = 6_040;
const FIND_TIMEOUT_MS = 60_000;
const NEEDED = { seed: ['torch', 'flask', 'pandas'], torch: ['torch', 'flask'] } as const;

/** A Python and which of the peers' packages it lacks. */
export interface PythonPeers {
  readonly python: string;
  readonly missing: readonly string[];
}

/** The Python that lacks the fewest packages. */
export async function findPython(given: string | undefined): Promise<PythonPeers> {
  const candidates = given === undefined ? ['/usr/bin/python3', 'python3'] : [given];
  const found = await Promise.all(
    candidates.map(async (python) => ({ python, missing: await missingOf(python) })),
  );
  return found.sort((a, b) => a.missing.length - b.missing.length)[0]!;
}

async function missingOf(python: string): Promise<readonly string[]> {
  const script =
    'import importlib.util, json; ' +
    'print(json.dumps([n for n in ["torch","flask","pandas","waitress"] if importlib.util.find_spec(n) is None]))';
  try {
    return lastJsonLine(await runChild(python, ['-c', script], { timeoutMs: FIND_TIMEOUT_MS })) as string[];
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    return ['python3', 'torch', 'flask', 'pandas', 'waitress'];
  }
}

/** Why a peer cannot be measured; undefined when it can. */
export function whyLeftOut(peer: PeerCell['peer'], { python, missing }: PythonPeers): string | undefined {
  if (peer === 'bare' || peer === 'express') return undefined;
  const lacks = NEEDED[peer].filter((name) => missing.includes(name));
  if (lacks.length === 0) return undefined;
  const packages = lacks.map((name) => `python3-${name}`).join(' ');
  return `left out: ${python} lacks ${lacks.join(', ')} (on Debian: apt-get install ${packages}; or --python PATH)`;
}

/** What serves the Python peers. */
export function pythonServer({ missing }: PythonPeers): string {
  return missing.includes('waitress')
    ? "Flask's development server (python3-waitress is not installed)"
    : 'waitress, 2 threads';
}

/** Starts a peer. @param answer a real answer of the API, which the servers that only say hello repeat */
export async function startPeer(
  { peer, model, name }: PeerCell,
  place: { readonly folder: string; readonly python: string; readonly answer: string },
): Promise<ServerProcess> {
  const folder = join(place.folder, name);
  await mkdir(folder);
  if (peer === 'bare' || peer === 'express') {
    const file = join(folder, 'answer.json');
    await writeFile(file, place.answer);
    return startServer({ name, folder, command: { node: programOf('hello-server.js'), args: [peer, file] } });
  }
  const program = join(benchmarksFolder(), 'peers', 'flask_recommender.py');
  const shape = ['--users', `${PEER_USERS}`, '--items', `${model.items}`, '--factors', `${model.factors}`];
  const layers = ['--layers', model.layers.join(','), '--folder', folder];
  return startServer({ name, folder, command: [place.python, program, peer, ...shape, ...layers] });
}

/** What a peer is asked for: another user each time. */
export function peerPaths(peer: PeerCell['peer'], first: number): RequestPaths {
  if (peer === 'bare' || peer === 'express') return { before: '/', after: '', queries: [] };
  return { before: '/topN=10for_user=', users: { first, count: PEER_USERS }, after: '', queries: [] };
}
