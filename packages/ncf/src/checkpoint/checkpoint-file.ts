import {
  CHECKPOINT_FORMAT_VERSION,
  type CheckpointHeader,
  type CheckpointOrigin,
  checkpointHeaderSchema,
} from '@sommelier/contracts';
import type { NeuMFParameters, NeuMFShape } from '../engine/neumf-parameters.ts';
import { namedTensors } from '../engine/parameter-checks.ts';
import type { EngineState } from '../engine/training-engine.ts';
import { invalid } from '../model-file/invalid.ts';
import { decodeSafetensors, safetensorsParts, type Tensor } from '../model-file/safetensors.ts';
import { TensorReader } from '../model-file/tensor-reader.ts';
import type { FitCheckpoint, TrainingCheckpoint } from './training-checkpoint.ts';

const HEADER = 'header';
const STATE = 'state.';
const BEST = 'best.';

/**
 * A checkpoint as safetensors: a readable header, and the numbers of the engine and of the best epoch. In parts, which
 * are views of these numbers: they may be as large as all that the machine has left.
 */
export function checkpointParts(checkpoint: TrainingCheckpoint, origin: CheckpointOrigin): Uint8Array[] {
  const { evaluated, judged, fit } = checkpoint;
  const header: CheckpointHeader = {
    formatVersion: CHECKPOINT_FORMAT_VERSION,
    origin,
    evaluated,
    judged,
    fit: fit && positionOf(fit),
    bestShape: fit?.bestParameters === undefined ? null : plainShape(fit.bestParameters.shape),
  };
  const tensors = new Map<string, Tensor>();
  const text = new TextEncoder().encode(JSON.stringify(header));
  tensors.set(HEADER, { dtype: 'U8', shape: [text.length], data: text });
  for (const [name, data] of fit?.state ?? []) tensors.set(STATE + name, tensorOf(data));
  if (fit?.bestParameters !== undefined) {
    for (const [name, data] of namedTensors(fit.bestParameters)) tensors.set(BEST + name, tensorOf(data));
  }
  return safetensorsParts(tensors);
}

/**
 * Reads a checkpoint. Its arrays are views of `bytes`. Whether the bytes are those that were written is for the caller to
 * check, by their hash.
 * @throws SommelierError `model-file-invalid` when it is damaged, or of another version of the format
 */
export function decodeCheckpoint(bytes: Uint8Array): {
  checkpoint: TrainingCheckpoint;
  origin: CheckpointOrigin;
} {
  const tensors = decodeSafetensors(bytes);
  const reader = new TensorReader(tensors);
  const header = readHeader(reader.take(HEADER, 'U8', [undefined]).data);
  const state: EngineState = new Map(
    [...tensors].flatMap(([name, { data }]) =>
      name.startsWith(STATE) && (data instanceof Float32Array || data instanceof Float64Array)
        ? [[name.slice(STATE.length), data] as const]
        : [],
    ),
  );
  const { origin, evaluated, judged, fit, bestShape } = header;
  const bestParameters = bestShape === null ? undefined : readBest(reader, bestShape);
  return { checkpoint: { evaluated, judged, fit: fit && { ...fit, state, bestParameters } }, origin };
}

function positionOf({ phase, pairsSha256, epochsDone, search }: FitCheckpoint): CheckpointHeader['fit'] {
  return { phase, pairsSha256, epochsDone, search };
}

function plainShape({ layers, ...shape }: NeuMFShape): CheckpointHeader['bestShape'] {
  return { ...shape, layers: [...layers] };
}

function tensorOf(data: Float32Array | Float64Array): Tensor {
  const shape = [data.length];
  return data instanceof Float32Array ? { dtype: 'F32', shape, data } : { dtype: 'F64', shape, data };
}

function readHeader(text: Uint8Array): CheckpointHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (error) {
    throw invalid('the header of the checkpoint is not JSON', error);
  }
  const header = checkpointHeaderSchema.safeParse(value);
  if (header.success) return header.data;
  const [issue] = header.error.issues;
  throw invalid(`the header of the checkpoint: ${issue?.path.join('.')}: ${issue?.message}`);
}

function readBest(reader: TensorReader, shape: NeuMFShape): NeuMFParameters {
  const take = (name: string) => reader.take(BEST + name, 'F32', [undefined]).data;
  return {
    shape,
    userGmf: take('user_gmf'),
    itemGmf: take('item_gmf'),
    userMlp: take('user_mlp'),
    itemMlp: take('item_mlp'),
    mlp: shape.layers.slice(1).map((_, layer) => ({
      weight: take(`mlp.${layer}.weight`),
      bias: take(`mlp.${layer}.bias`),
    })),
    outputWeight: take('output.weight'),
    outputBias: take('output.bias'),
  };
}
