import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSommelierError, type Manifest, manifestSchema, type Probe } from '@sommelier/contracts';
import { CaseCount, type CaseResult } from './counted.ts';
import { damagedModel, type ModelCase, soundModel } from './model-cases.ts';
import { productModule } from './product-code.ts';
import { Random } from './random.ts';

/** Difference of two readers' scores that a probe allows, relative above 1. */
const TOLERANCE = 1e-5;
const TOP = 10;
/** Cases between two turns of the event loop, in which memory of models can be collected. */
const CASES_A_TURN = 50;

type Answer = { items: { itemId: string; score: number }[] } | { error: { message: string } };

/** What the API does with a model before it serves it, in the order of `loadModel`, without threads. */
interface LoaderCode {
  readManifest(row: { version: string; manifest: Manifest }, bytes: Uint8Array): Manifest;
  checkCounts(manifest: Manifest, sizeBytes: number): void;
  itemMemory(manifest: Manifest, slots: number): unknown;
  prepareModel(fetched: object): { warmUp: readonly object[] };
  attachModel(model: object, slot: number): (requests: readonly object[]) => Answer[];
}

/** The checks of a model, by how their messages begin or what they say. */
const CHECKS: readonly [check: string, says: RegExp][] = [
  ['manifest is JSON', /its manifest is not JSON/],
  ['manifest schema', /its manifest is not valid/],
  ['manifest version', /its manifest is of/],
  ['manifest equals row', /is not the one in the database/],
  ['counts fit the size', /too many for/],
  ['components', /parts that|part that|the file has parts|lacks the parts/],
  ['size', /bytes, the manifest says/],
  ['SHA-256', /SHA-256/],
  ['header', /^the header|^the file has (only )?\d+ (bytes|tensors)|the header/],
  ['tensors', /^tensor|bytes follow the last tensor|^layers/],
  ['ids', /^(user|item)_ids|user ids and/],
  ['history', /^history/],
  ['popularity', /^item_popularity/],
  ['item-to-item', /^item_to_item/],
  ['counts', /the manifest says|the layers/],
  ['probes', /probe/],
];

/**
 * Hands damaged model files and manifests to the code by which a replica loads them. Each must be refused with
 * `model-file-invalid`, or be accepted and then reproduce the probes of its manifest, and answer whoever asks with as many
 * distinct items of the model as there are, and finite scores.
 */
export async function fuzzModelFiles(options: {
  readonly cases: number;
  readonly seed: number;
  readonly onProgress?: (cases: number) => void;
}): Promise<CaseResult> {
  const code = await loaderCode();
  const sound = soundModel(options.seed);
  const untouched = load(code, { ...sound, kind: 'file: cut' });
  if (untouched !== 'accepted') throw new Error(`the model is refused before it is damaged: ${untouched}`);
  const random = new Random(options.seed);
  const count = new CaseCount();
  for (let index = 0; index < options.cases; index++) {
    const model = damagedModel(sound, random);
    try {
      count.note(model.kind, load(code, model));
    } catch (error) {
      count.fail(model.kind, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    if (index % CASES_A_TURN === 0) await nextTurn();
    if ((index + 1) % 10_000 === 0) options.onProgress?.(index + 1);
  }
  return count.result();
}

/**
 * `accepted`, or the check that refused.
 * @throws Error when it was refused in another way, or accepted without reason
 */
function load(code: LoaderCode, { file, manifest: bytes, row }: ModelCase): string {
  let manifest: Manifest;
  let answer: ReturnType<LoaderCode['attachModel']>;
  let warmUp: readonly object[];
  try {
    // What a row cannot hold is refused when it is read.
    const stored = manifestSchema.safeParse(row);
    if (!stored.success) return 'refused: manifest schema';
    manifest = code.readManifest({ version: stored.data.version, manifest: stored.data }, bytes);
    code.checkCounts(manifest, file.length);
    const shared = new SharedArrayBuffer(file.length);
    new Uint8Array(shared).set(file);
    const fetched = { bytes: shared, manifest, memory: code.itemMemory(manifest, 1) };
    const prepared = code.prepareModel(fetched);
    warmUp = prepared.warmUp;
    answer = code.attachModel(prepared, 0);
  } catch (error) {
    if (!isSommelierError(error) || error.code !== 'model-file-invalid') throw error;
    return `refused: ${checkOf(error.message)}`;
  }
  expectAnswers(answer, warmUp, manifest);
  return 'accepted';
}

function checkOf(message: string): string {
  const found = CHECKS.find(([, says]) => says.test(message));
  if (found === undefined) throw new Error(`a check without a name: ${message}`);
  return found[0];
}

/** @throws Error that says which answer is not one */
function expectAnswers(
  answer: ReturnType<LoaderCode['attachModel']>,
  warmUp: readonly object[],
  { probes, counts }: Manifest,
): void {
  const plain = { events: [], nowMs: 0, excludeHistory: true, excludedItemIds: [] };
  const asked = probes.map((probe) => ({ ...plain, userId: probe.userId, n: probe.items.length }));
  const answers = answer([...warmUp, ...asked]);
  for (const [index, one] of answers.entries()) {
    if ('error' in one) throw new Error(`an answer failed: ${one.error.message}`);
    const ids = new Set(one.items.map(({ itemId }) => itemId));
    if (ids.size !== one.items.length || ids.size > TOP)
      throw new Error('an answer has an item twice, or too many');
    // A probe may list nothing; what is asked when a model is loaded may not come to nothing.
    if (index < warmUp.length && counts.items > 2 * TOP && ids.size === 0)
      throw new Error('an answer has no items');
    const odd = one.items.find(({ score }) => !Number.isFinite(score));
    if (odd !== undefined) throw new Error(`item ${odd.itemId} has the score ${odd.score}`);
  }
  for (const [index, probe] of probes.entries()) {
    expectProbe(probe, answers[warmUp.length + index] as Exclude<Answer, { error: unknown }>);
  }
}

function expectProbe(probe: Probe, { items }: Exclude<Answer, { error: unknown }>): void {
  if (items.length !== probe.items.length) throw new Error(`probe ${probe.userId}: ${items.length} items`);
  for (const [rank, { score }] of probe.items.entries()) {
    const actual = items[rank]!.score;
    if (Math.abs(actual - score) <= TOLERANCE * Math.max(1, Math.abs(score))) continue;
    throw new Error(`probe ${probe.userId}, rank ${rank + 1}: ${actual}, not ${score}`);
  }
}

async function loaderCode(): Promise<LoaderCode> {
  const [reading, loading, preparing, attaching] = await Promise.all([
    productModule<LoaderCode>('apps/api/dist/serving/model/read-manifest.js'),
    productModule<LoaderCode>('apps/api/dist/serving/model/model-loader.js'),
    productModule<LoaderCode>('apps/api/dist/serving/model/prepare-model.js'),
    productModule<LoaderCode>('apps/api/dist/serving/scoring/attach-model.js'),
  ]);
  const { readManifest, checkCounts } = reading;
  const { itemMemory } = loading;
  return {
    ...{ readManifest, checkCounts, itemMemory },
    prepareModel: preparing.prepareModel,
    attachModel: attaching.attachModel,
  };
}
