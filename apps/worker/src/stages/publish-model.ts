import {
  type ActiveModel,
  type Manifest,
  type ModelReady,
  manifestSchema,
  type RunConfig,
  SommelierError,
} from '@sommelier/contracts';
import type { ArtifactStore, ModelStore } from '@sommelier/platform';
import { deleteModelFiles } from '../runs/discard-run.ts';
import type { TrainedModel } from '../thread/thread-messages.ts';
import { modelVersionName } from './model-version.ts';
import { storeModelFiles } from './store-model.ts';

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
  cpuSeconds: number;
}): Manifest {
  const { runId, request, model, codeRevision, createdAtMs, trainingSeconds, cpuSeconds } = origin;
  return manifestSchema.parse({
    formatVersion: 1,
    version: modelVersionName(createdAtMs, model.description.sha256),
    runId,
    config: request,
    counts: model.counts,
    components: model.components,
    funnel: model.funnel,
    snapshotSha256: model.snapshotSha256,
    warmStart: model.warmStart,
    trainedUntilMs: model.trainedUntilMs,
    metrics: model.metrics,
    engine: model.engine,
    file: model.description,
    probes: model.probes,
    codeRevision,
    createdAtMs,
    trainingSeconds,
    cpuSeconds,
  });
}

/** A model that is to be published, and by which attempt. */
export interface Publication {
  readonly artifacts: ArtifactStore;
  readonly models: ModelStore;
  readonly manifest: Manifest;
  readonly file: Uint8Array;
  /** Erasures up to this one are carried out in the file. */
  readonly erasedThrough: number;
  /** The generation that may be replaced: asked again when it was not, since erasing users moves it on. */
  readonly baseGeneration: () => Promise<number>;
  readonly run: { id: string; attempt: number };
  readonly nowMs: () => number;
  readonly confirm: () => Promise<void>;
}

/**
 * Makes a model the active one: the file, then its manifest, then its row, then the compare-and-set. Whoever reads a
 * row or a manifest finds all that it names; when the row is not reached, the files go again. `confirm` is asked before
 * anything is written and right before the activation, and throws if the run is not wanted any more.
 * @throws SommelierError `activation-lost` when another model was activated since the run began.
 */
export async function publishModel(publication: Publication): Promise<ModelReady> {
  const { manifest, confirm } = publication;
  const { version } = manifest;
  await confirm();
  await storeCandidate(publication);
  const { generation, activatedAtMs } = await activateOrWithdraw(publication);
  return { schemaVersion: 1, generation, version, sha256: manifest.file.sha256, publishedAt: activatedAtMs };
}

/** Files and row of a model that nobody serves yet: all of it, or nothing. */
export async function storeCandidate(candidate: {
  artifacts: ArtifactStore;
  models: ModelStore;
  manifest: Manifest;
  file: Uint8Array;
  erasedThrough: number;
}): Promise<void> {
  const { artifacts, models, manifest, file, erasedThrough } = candidate;
  const { version } = manifest;
  try {
    await storeModelFiles(artifacts, manifest, file);
    await models.addCandidate(manifest, erasedThrough);
  } catch (error) {
    await withdraw(artifacts, models, version).catch(() => undefined);
    throw error;
  }
}

/** A row that is there after all, since only its answer was lost, keeps its files. */
async function withdraw(artifacts: ArtifactStore, models: ModelStore, version: string): Promise<void> {
  if ((await models.get(version)) === undefined) await deleteModelFiles(artifacts, version);
}

/** A candidate that must not be activated any more, or cannot be, goes again; one that came too late stays. */
async function activateOrWithdraw(publication: Publication): Promise<ActiveModel> {
  const { artifacts, models, manifest, confirm } = publication;
  let active: ActiveModel | undefined;
  try {
    await confirm();
    active = await activateAtBase(publication);
  } catch (error) {
    await withdrawCandidate(artifacts, models, manifest.version).catch(() => undefined);
    throw error;
  }
  if (active !== undefined) return active;
  throw new SommelierError(
    'activation-lost',
    `Another model was activated while this run trained ${manifest.version}, so it was not activated. ` +
      'It is stored as a candidate; start another run for one on newer events.',
  );
}

/** The compare-and-set, as often as the generation that may be replaced has moved on meanwhile. */
async function activateAtBase({
  models,
  manifest,
  baseGeneration,
  run,
  nowMs,
}: Publication): Promise<ActiveModel | undefined> {
  const { version, runId } = manifest;
  const activatedBy = activatedByRun(runId);
  for (let tried: number | undefined; ; ) {
    const expectedGeneration = await baseGeneration();
    if (expectedGeneration === tried) return undefined;
    tried = expectedGeneration;
    const activation = { version, expectedGeneration, activatedBy, nowMs: nowMs(), run };
    const active = await models.activate(activation);
    if (active !== undefined) return active;
  }
}

/** A version that was activated after all is not a candidate any more, and stays. */
async function withdrawCandidate(
  artifacts: ArtifactStore,
  models: ModelStore,
  version: string,
): Promise<void> {
  if (await models.deleteCandidate(version)) await deleteModelFiles(artifacts, version);
}
