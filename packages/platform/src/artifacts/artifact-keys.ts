import { SommelierError } from '@sommelier/contracts';

const MAX_KEY_CHARACTERS = 512;
const MAX_SEGMENTS = 8;
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Where the weights of a model version are. */
export function modelKey(version: string): string {
  return `models/${version}/model.safetensors`;
}

/** Where the manifest of a model version is. */
export function manifestKey(version: string): string {
  return `models/${version}/manifest.json`;
}

/** Where the prepared columns of a run are, by the SHA-256 of their bytes. */
export function snapshotKey(sha256: string): string {
  return `snapshots/${sha256}.safetensors`;
}

const CHECKPOINT = /^checkpoints\/([^/]+)\/[^/]+\.safetensors$/;

/** Beginning of the keys of a run's checkpoints. */
export function checkpointPrefix(runId: string): string {
  return `checkpoints/${runId}/`;
}

/** Where a checkpoint of a run is. Of two keys of a run, the greater is of the later checkpoint. */
export function checkpointKey(
  runId: string,
  { attempt, number, sha256 }: { attempt: number; number: number; sha256: string },
): string {
  const padded = (value: number) => String(value).padStart(6, '0');
  return `${checkpointPrefix(runId)}${padded(attempt)}-${padded(number)}-${sha256}.safetensors`;
}

/** The run that a checkpoint's key is of; undefined for another key. */
export function runOfCheckpoint(key: string): string | undefined {
  return CHECKPOINT.exec(key)?.[1];
}

/**
 * Checks that a key stays inside the store on every file system: relative, forward slashes, plain characters, and no
 * segment that begins with a dot, which is what temporary files do.
 * @returns the segments.
 * @throws SommelierError `artifact-store`
 */
export function keySegments(key: string): string[] {
  const segments = key.split('/');
  const bad = segments.find((segment) => !SEGMENT.test(segment));
  if (key.length <= MAX_KEY_CHARACTERS && segments.length <= MAX_SEGMENTS && bad === undefined)
    return segments;
  throw new SommelierError(
    'artifact-store',
    `${JSON.stringify(key.slice(0, MAX_KEY_CHARACTERS))} cannot be a key of the artifact store: it must be up to ` +
      `${MAX_SEGMENTS} names with "/" between them, ${MAX_KEY_CHARACTERS} characters in all, each name made of ` +
      'A-Z, a-z, 0-9, "_", "." and "-" and not beginning with "." or "-"',
  );
}
