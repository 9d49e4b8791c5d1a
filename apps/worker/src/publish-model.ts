import {
  type Manifest,
  type ModelReady,
  manifestSchema,
  type RunConfig,
  SommelierError,
} from '@sommelier/contracts';
import { type ArtifactStore, type ModelStore, manifestKey, modelKey } from '@sommelier/platform';
import { modelVersionName } from './model-version.ts';
import type { TrainedModel } from './thread-messages.ts';

/** Who activated a version: a run, by its id. */
export function activatedByRun(runId: string): string {
  return `run:${runId}`;
}

/** Builds a model's manifest and checks it with the schema that its readers use. */
export function manifestOf(origin: {
  runId: string;
  request: RunConfig;
  model: TrainedModel;
  codeRevision: string;
  createdAtMs: number;
  trainingSeconds: number;
}): Manifest {
  const { runId, request, model, codeRevision, createdAtMs, trainingSeconds } = origin;
  return manifestSchema.parse({
    formatVersion: 1,
    version: modelVersionName(createdAtMs, model.description.sha256),
    runId,
    config: request,
    counts: model.counts,
    components: model.components,
    funnel: model.funnel,
    snapshotSha256: model.snapshotSha256,
    trainedUntilMs: model.trainedUntilMs,
    metrics: model.metrics,
    engine: model.engine,
    file: model.description,
    probes: model.probes,
    codeRevision,
    createdAtMs,
    trainingSeconds,
  });
}

/** Stores a model as a candidate: the file, then its manifest, then its row. */
export async function storeCandidate(
  artifacts: ArtifactStore,
  models: Pick<ModelStore, 'addCandidate'>,
  manifest: Manifest,
  file: Uint8Array,
): Promise<void> {
  const { version } = manifest;
  await artifacts.put(modelKey(version), file);
  await artifacts.put(
    manifestKey(version),
    new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`),
  );
  await models.addCandidate(manifest);
}

/**
 * Makes a model the active one: the file, then its manifest, then its row, then the compare-and-set. Whoever reads a
 * row or a manifest finds all that it names. `confirm` is asked right before the activation and throws if the run is
 * not wanted any more.
 * @throws SommelierError `activation-lost` when another model was activated since the run began.
 */
export async function publishModel(publication: {
  artifacts: ArtifactStore;
  models: ModelStore;
  manifest: Manifest;
  file: Uint8Array;
  expectedGeneration: number;
  nowMs: () => number;
  confirm: () => Promise<void>;
}): Promise<ModelReady> {
  const { artifacts, models, manifest, file, expectedGeneration, nowMs, confirm } = publication;
  const { version, runId } = manifest;
  await storeCandidate(artifacts, models, manifest, file);
  await confirm();
  const active = await models.activate({
    version,
    expectedGeneration,
    activatedBy: activatedByRun(runId),
    nowMs: nowMs(),
  });
  if (active === undefined) {
    throw new SommelierError(
      'activation-lost',
      `Another model was activated while this run trained ${version} (it began at generation ${expectedGeneration}), ` +
        'so it was not activated. It is stored as a candidate; start another run for one on newer events.',
    );
  }
  const { generation, activatedAtMs } = active;
  return { schemaVersion: 1, generation, version, sha256: manifest.file.sha256, publishedAt: activatedAtMs };
}
