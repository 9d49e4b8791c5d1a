import { isSommelierError, type Manifest } from '@sommelier/contracts';
import { decodeModelFile, describeModelFile, type Model } from '@sommelier/ncf';
import type { Incumbent } from '@sommelier/ncf/training';
import { type ArtifactStore, modelKey } from '@sommelier/platform';

/** What the training thread is told of the model that is served while it works. */
export type IncumbentOrder = Pick<Manifest, 'version' | 'trainedUntilMs' | 'file'>;

/** The parts of a manifest that the thread needs: the whole may have thousands of probes. */
export function incumbentOrder({ version, trainedUntilMs, file }: Manifest): IncumbentOrder {
  return { version, trainedUntilMs, file };
}

/**
 * Reads the model that is served, to compare its successor with. A file that is missing or damaged is no reason to fail:
 * the model to come may be what replaces it.
 * @throws SommelierError `artifact-store` when the store itself cannot be used
 */
export async function loadIncumbent(artifacts: ArtifactStore, order: IncumbentOrder): Promise<Incumbent> {
  const { version, trainedUntilMs } = order;
  return { version, trainedUntilMs, model: await readModel(artifacts, order) };
}

async function readModel(
  artifacts: ArtifactStore,
  { version, file }: IncumbentOrder,
): Promise<Model | { problem: string }> {
  try {
    const bytes = await artifacts.get(modelKey(version));
    if (describeModelFile(bytes).sha256 !== file.sha256) {
      return { problem: 'its file does not have the SHA-256 of its manifest' };
    }
    return decodeModelFile(bytes);
  } catch (error) {
    if (!isSommelierError(error) || !['artifact-not-found', 'model-file-invalid'].includes(error.code))
      throw error;
    return { problem: error.code === 'artifact-not-found' ? 'its file is missing' : error.message };
  }
}
