import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIX = 'sommelier-demo-';
/** Names the process that removes the folder at its end. */
const OWNER = 'owner.pid';

/**
 * Makes a folder for a demo under `parent`, and removes those of demos that were killed before they could do so
 * themselves.
 */
export async function makeWorkingFolder(parent: string): Promise<string> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(PREFIX) && (await isAbandoned(join(parent, name))))
      await removeWorkingFolder(join(parent, name));
  }
  const folder = await mkdtemp(join(parent, PREFIX));
  await writeFile(join(folder, OWNER), String(process.pid));
  return folder;
}

export async function removeWorkingFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Leaves the folder to the user: no later demo removes it. */
export async function keepWorkingFolder(folder: string): Promise<void> {
  await rm(join(folder, OWNER), { force: true });
}

async function isAbandoned(folder: string): Promise<boolean> {
  const pid = Number(await readFile(join(folder, OWNER), 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Somebody else's process is a running one, too.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
