import type { Manifest } from '@sommelier/contracts';
import { type ArtifactStore, manifestKey, modelKey } from '@sommelier/platform';

/** The model file, then its manifest: whoever reads a manifest finds what it names. */
export async function storeModelFiles(
  artifacts: Pick<ArtifactStore, 'put'>,
  manifest: Manifest,
  file: Uint8Array,
): Promise<void> {
  const { version } = manifest;
  await artifacts.put(modelKey(version), file);
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await artifacts.put(manifestKey(version), new TextEncoder().encode(text));
}
