import {
  type ActivationRequest,
  type ActiveModel,
  isSommelierError,
  SommelierError,
} from '@sommelier/contracts';
import type { Database, Logger } from '@sommelier/platform';

export interface ActivationParts {
  readonly database: Pick<Database, 'models'>;
  /** Loads and verifies a version as for serving, and lets it go. @throws SommelierError */
  readonly checkModel: (version: string) => Promise<void>;
  /** Tells the replicas; may fail, since it is a hint. */
  readonly announceModel: (active: ActiveModel, sha256: string) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Makes a version the active one, backwards or forwards: it is verified as for serving, then activated by
 * compare-and-set, and the replicas are told.
 * @throws SommelierError `model-not-found`; `model-unusable` when it is rejected (unless forced), erased, or its files
 *   are missing or damaged; `activation-lost` when another generation is active than the one that is expected
 */
export async function activateModel(
  parts: ActivationParts,
  version: string,
  request: ActivationRequest,
): Promise<ActiveModel> {
  const { models } = parts.database;
  const model = await models.get(version);
  if (model === undefined) throw new SommelierError('model-not-found', `There is no model ${version}.`);
  if (model.status === 'erased' || (model.status === 'rejected' && !request.force)) {
    const how =
      model.status === 'erased' ? 'was erased' : 'was rejected; "force": true activates it all the same';
    throw new SommelierError('model-unusable', `Model ${version} ${how}.`);
  }
  if (model.filesDeletedAtMs !== null)
    throw new SommelierError('model-unusable', `The files of model ${version} were deleted.`);
  const generation = (await models.active())?.generation ?? 0;
  const { expectedGeneration = generation, activatedBy } = request;
  if (expectedGeneration !== generation) throw lost(expectedGeneration, generation);
  await checked(parts, version);
  const active = await models.activate({ version, expectedGeneration, activatedBy, nowMs: Date.now() });
  if (active === undefined) throw lost(expectedGeneration, (await models.active())?.generation ?? 0);
  parts.logger.info({ version, generation: active.generation, activatedBy }, 'activated a model');
  await parts
    .announceModel(active, model.manifest.file.sha256)
    .catch((error) =>
      parts.logger.warn(
        { err: error },
        'model-ready could not be published; replicas find the model by themselves',
      ),
    );
  return active;
}

const DAMAGED = ['artifact-not-found', 'model-file-invalid', 'model-not-found'];

async function checked(parts: ActivationParts, version: string): Promise<void> {
  try {
    await parts.checkModel(version);
  } catch (error) {
    if (!isSommelierError(error) || !DAMAGED.includes(error.code)) throw error;
    // The store's own text names paths.
    const why = error.code === 'artifact-not-found' ? 'a file of it is missing' : error.message;
    throw new SommelierError('model-unusable', `Model ${version} cannot be activated: ${why}`, {
      cause: error,
    });
  }
}

function lost(expected: number, actual: number): SommelierError {
  return new SommelierError(
    'activation-lost',
    `Generation ${actual} is active by now, not ${expected}: look again before you activate another model.`,
  );
}
