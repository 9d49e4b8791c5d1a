import { createHash } from 'node:crypto';
import type { Manifest } from '@sommelier/contracts';
import { ITEM_TO_ITEM_COMPONENT } from '../item-to-item/item-to-item.ts';
import { createExactRanker, type ExactRanker, type ExactRankerOptions } from '../ranking/exact-ranker.ts';
import { invalid } from './invalid.ts';
import { componentsOf, type Model } from './model.ts';
import { decodeModelFile, MODEL_FILE_NAME } from './model-codec.ts';
import { checkProbes } from './probes.ts';

/** Optional parts of a model that this version can read. */
export const KNOWN_COMPONENTS: readonly string[] = [ITEM_TO_ITEM_COMPONENT];

/** SHA-256 of bytes in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a manifest says of the model file's bytes. */
export function describeModelFile(bytes: Uint8Array): Manifest['file'] {
  return { name: MODEL_FILE_NAME, sha256: sha256Hex(bytes), sizeBytes: bytes.length };
}

/** The parts of a manifest that a model file is checked against. */
export type VerifiedManifest = Pick<Manifest, 'file' | 'components' | 'counts' | 'probes'> & {
  readonly config: Pick<Manifest['config'], 'model'>;
};

/**
 * Reads a model file and checks all that its manifest says of it: size, SHA-256, components, shape, counts, probes.
 * The model's arrays are views of `bytes`. `options` say where the ranker keeps the items.
 * @throws SommelierError `model-file-invalid`; a model that is refused here must not be served.
 */
export function verifyModelFile(
  bytes: Uint8Array,
  manifest: VerifiedManifest,
  options: ExactRankerOptions = {},
): { model: Model; ranker: ExactRanker } {
  const unknown = manifest.components.filter((component) => !KNOWN_COMPONENTS.includes(component));
  if (unknown.length > 0) {
    throw invalid(
      `the model has parts that this version cannot read: ${unknown.join(', ')}; update it first`,
    );
  }
  const { sizeBytes, sha256 } = manifest.file;
  if (bytes.length !== sizeBytes) {
    throw invalid(`the file has ${bytes.length} bytes, the manifest says ${sizeBytes}`);
  }
  const actual = sha256Hex(bytes);
  if (actual !== sha256) throw invalid(`the file's SHA-256 is ${actual}, the manifest says ${sha256}`);

  const model = decodeModelFile(bytes);
  checkComponents(model, manifest.components);
  checkAgainst(model, manifest);
  const ranker = createExactRanker(model.parameters, options);
  checkProbes(model, ranker, manifest.probes);
  return { model, ranker };
}

function checkComponents(model: Model, declared: readonly string[]): void {
  const inFile = componentsOf(model);
  const missing = declared.filter((component) => !inFile.includes(component));
  const undeclared = inFile.filter((component) => !declared.includes(component));
  if (missing.length > 0)
    throw invalid(`the file lacks the parts that the manifest names: ${missing.join(', ')}`);
  if (undeclared.length > 0) {
    throw invalid(`the file has parts that the manifest does not name: ${undeclared.join(', ')}`);
  }
}

function checkAgainst({ parameters, history }: Model, { counts, config }: VerifiedManifest): void {
  const { userCount, itemCount, factors, layers } = parameters.shape;
  const pairs: [string, number, number][] = [
    ['users', userCount, counts.users],
    ['items', itemCount, counts.items],
    ['interactions', history.items.length, counts.interactions],
    ['factors', factors, config.model.factors],
  ];
  for (const [what, inFile, inManifest] of pairs) {
    if (inFile !== inManifest)
      throw invalid(`the file has ${inFile} ${what}, the manifest says ${inManifest}`);
  }
  if (layers.join() !== config.model.layers.join()) {
    throw invalid(`the file has the layers [${layers}], the manifest says [${config.model.layers}]`);
  }
}
