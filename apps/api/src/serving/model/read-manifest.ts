import { isDeepStrictEqual } from 'node:util';
import {
  type Manifest,
  type ModelVersion,
  manifestSchema,
  SommelierError,
  zodDetails,
} from '@sommelier/contracts';

/** Bytes that each user and each item has in a file at least: where its id ends. */
const BYTES_AN_ID = 4;

/**
 * Reads a manifest of the artifact store, which has to be the one of the version's row, whole: what it says decides what
 * is computed and allocated before the file itself is looked at.
 * @throws SommelierError `model-file-invalid`
 */
export function readManifest(row: Pick<ModelVersion, 'version' | 'manifest'>, bytes: Uint8Array): Manifest {
  const { version } = row;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid(version, `its manifest is not JSON (${(error as Error).message})`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const problems = zodDetails(parsed.error).map((detail) => `${detail.path}: ${detail.message}`);
    throw invalid(version, `its manifest is not valid (${problems.slice(0, 5).join('; ')})`);
  }
  if (parsed.data.version !== version) throw invalid(version, `its manifest is of ${parsed.data.version}`);
  if (!isDeepStrictEqual(parsed.data, row.manifest)) {
    throw invalid(version, 'the manifest in the artifact store is not the one in the database');
  }
  return parsed.data;
}

/**
 * Checks that a file can have as many users and items as its manifest says, before memory is made for them.
 * @throws SommelierError `model-file-invalid`
 */
export function checkCounts({ version, counts }: Manifest, sizeBytes: number): void {
  if ((counts.users + counts.items) * BYTES_AN_ID <= sizeBytes) return;
  const { users, items } = counts;
  throw invalid(
    version,
    `its manifest names ${users} users and ${items} items, too many for ${sizeBytes} bytes`,
  );
}

function invalid(version: string, reason: string): SommelierError {
  return new SommelierError('model-file-invalid', `Model ${version} cannot be served: ${reason}.`);
}
