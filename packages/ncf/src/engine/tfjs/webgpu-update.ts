import type { Tensor2D } from '@tensorflow/tfjs';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON } from '../adam.ts';
import type { RowGradients, RowUpdate } from './row-update.ts';
import { tensorflow as tf } from './tensorflow.ts';

const WORKGROUP_SIZE = 64;

/**
 * Lazy Adam as a compute shader that writes into the packed table's own buffer: a step costs what the batch touches,
 * whatever the size of the vocabulary. The table's tensor must be read through a copy (a slice), since the backend
 * remembers what it has read of a tensor and does not know that this one changes.
 */
export class WebGpuUpdate implements RowUpdate {
  apply(packed: Tensor2D, { rows, gradients, l2 }: RowGradients, stepSize: number): Tensor2D {
    const backend = tf.backend() as unknown as WebGPUBackend;
    const program = new AdamRowsProgram(packed.shape, gradients.shape);
    const uniforms = [{ type: 'float32', data: [stepSize] }];
    backend.runWebGPUProgram(program, [rows, gradients, l2], 'float32', uniforms, packed);
    return packed;
  }

  dispose(): void {
    // Holds nothing: the backend caches the compiled shader.
  }
}

/** One invocation for each number of `gradients`; no two touch the same number but in the spare row, which stays 0. */
class AdamRowsProgram implements WebGPUProgram {
  readonly variableNames = ['rows', 'gradients', 'l2'];
  readonly uniforms = 'stepSize : f32,';
  readonly shaderKey = 'sommelier_adam_rows';
  readonly workgroupSize: [number, number, number] = [WORKGROUP_SIZE, 1, 1];
  readonly dispatchLayout = { x: [0, 1] };
  readonly dispatch: [number, number, number];
  readonly outputShape: number[];

  constructor(packed: readonly [number, number], [rows, width]: readonly [number, number]) {
    this.outputShape = [...packed];
    this.dispatch = [Math.ceil((rows * width) / WORKGROUP_SIZE), 1, 1];
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        let width = uniforms.gradientsShape[1];
        if (index >= uniforms.gradientsShape[0] * width) {
          return;
        }
        let slot = index / width;
        let column = index - slot * width;
        let at = rows[slot] * 3 * width + column;
        let value = result[at];
        let slope = gradients[index] + l2[column] * value;
        let first = ${literal(ADAM_BETA1)} * result[at + width] + ${literal(1 - ADAM_BETA1)} * slope;
        let second = ${literal(ADAM_BETA2)} * result[at + 2 * width] + ${literal(1 - ADAM_BETA2)} * slope * slope;
        result[at + width] = first;
        result[at + 2 * width] = second;
        result[at] = value - uniforms.stepSize * first / (sqrt(second) + ${literal(ADAM_EPSILON)});
      }`;
  }
}

/** A number as WGSL's f32. */
function literal(value: number): string {
  return `f32(${value.toExponential()})`;
}
