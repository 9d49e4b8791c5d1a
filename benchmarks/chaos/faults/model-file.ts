import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActiveModel } from '@sommelier/contracts';
import { modelKey } from '@sommelier/platform';
import { describeReply } from '../balanced-client.ts';
import type { Fault } from '../fault.ts';
import type { Installation } from '../installation.ts';
import { MODEL_POLL_MS } from '../settings.ts';
import { damageFile } from './damage-file.ts';
import { type Played, played } from './played.ts';
import type { Scene } from './run-under-fault.ts';

type ModelFile = Extract<Fault, { kind: 'model-file' }>;

const REFUSED = 'model-file-invalid';
const REFUSAL_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
/** How long the damaged file is left there once it was refused: replicas look again meanwhile. */
const HOLD_MS = 2 * MODEL_POLL_MS;

/** Versions that a round is about. */
interface Versions {
  readonly active: ActiveModel;
  /** Was active before, and has its file. */
  readonly earlier: string;
}

/** A model file is not what it was: whoever is to serve it must refuse it, and what is served must go on. */
export async function modelFile(scene: Scene, fault: ModelFile): Promise<Played> {
  const { installation } = scene;
  const versions = await versionsOf(installation);
  const hurt = fault.way === 'restart' ? versions.active.version : versions.earlier;
  const other = fault.way === 'restart' ? versions.earlier : versions.active.version;
  const pathOf = (version: string) => join(installation.disk.folder, modelKey(version));
  const putRight = await damageFile(pathOf(hurt), fault.damage, { share: fault.share, other: pathOf(other) });
  const hurtAtMs = Date.now();
  try {
    const unmet = await WAYS[fault.way](installation, fault, versions);
    // By a person's activation of another version, where that is drawn; the file is put right in any case.
    if (fault.replaced) unmet.push(...(await activate(installation, other)));
    return played({ hurtAtMs, mendedAtMs: Date.now(), unmet });
  } finally {
    await putRight();
  }
}

const WAYS: Record<
  ModelFile['way'],
  (installation: Installation, fault: ModelFile, versions: Versions) => Promise<string[]>
> = {
  /** Somebody asks for the damaged version: the API says no, and nothing changes. */
  async activation(installation, _, { earlier, active }) {
    const reply = await installation.client.post(`/v1/models/${earlier}/activate`, { activatedBy: 'chaos' });
    const answer = describeReply(reply);
    const now = await installation.database.models.active();
    return [
      ...(answer === '409 model-unusable' ? [] : [`the activation was answered with ${answer}`]),
      ...(now?.generation === active.generation ? [] : ['the damaged version was activated']),
    ];
  },
  /** The row says that the damaged version is active: every replica refuses it and serves what it served. */
  async 'active-row'(installation, _, { earlier, active }) {
    await activateRow(installation, earlier);
    const everyReplica = installation.replicas.map((__, replica) => replica);
    const served = { version: active.version, generation: active.generation };
    return refusedBy(installation, everyReplica, served);
  },
  /** A replica that starts has nothing to serve; the others serve on. */
  async restart(installation, { replica }) {
    installation.replicas[replica]!.kill();
    await installation.replicas[replica]!.untilUp();
    return refusedBy(installation, [replica], { version: null, generation: null });
  },
};

/** What speaks against the replicas having refused the damaged version for as long as it is there. */
async function refusedBy(
  installation: Installation,
  replicas: readonly number[],
  served: { version: string | null; generation: number | null },
): Promise<string[]> {
  const unmet: string[] = [];
  for (const replica of replicas) {
    const code = await untilRefused(installation, replica);
    if (code !== REFUSED) unmet.push(`replica ${replica} says ${code} instead of ${REFUSED}`);
  }
  await sleep(HOLD_MS);
  for (const replica of replicas) {
    const { version, generation } = (await installation.readiness(replica)).model;
    if (version !== served.version || generation !== served.generation)
      unmet.push(`replica ${replica} serves ${version} (${generation}) instead of ${served.version}`);
  }
  return unmet;
}

async function untilRefused(installation: Installation, replica: number): Promise<string | undefined> {
  const deadline = Date.now() + REFUSAL_TIMEOUT_MS;
  for (;;) {
    const { lastReloadError } = (await installation.readiness(replica)).model;
    if (lastReloadError !== null || Date.now() > deadline) return lastReloadError?.code;
    await sleep(POLL_MS);
  }
}

async function versionsOf({ database }: Installation): Promise<Versions> {
  const active = await database.models.active();
  const earlier = (await database.models.list({ limit: 100 })).find(
    ({ version, status, filesDeletedAtMs }) =>
      version !== active?.version && status === 'archived' && filesDeletedAtMs === null,
  );
  if (active === undefined || earlier === undefined)
    throw new Error('Two models that were active are needed');
  return { active, earlier: earlier.version };
}

/** As a hand in the database would: nothing is looked at. */
async function activateRow({ database }: Installation, version: string): Promise<void> {
  const expectedGeneration = (await database.models.active())?.generation ?? 0;
  const activation = { version, expectedGeneration, activatedBy: 'chaos', nowMs: Date.now() };
  if ((await database.models.activate(activation)) === undefined)
    throw new Error('Somebody else activated a model');
}

async function activate({ client }: Installation, version: string): Promise<string[]> {
  const reply = await client.post(`/v1/models/${version}/activate`, { activatedBy: 'chaos' });
  if (reply.kind === 'answered' && reply.status === 200) return [];
  return [`${version} could not be activated in its place: ${describeReply(reply)}`];
}
