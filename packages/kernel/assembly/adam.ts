import { multiplyAdd } from './simd';

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/** Step size of step t with Adam's bias correction, from beta1^t and beta2^t. */
export function stepSizeOf(learningRate: f64, beta1Power: f64, beta2Power: f64): f32 {
  return <f32>(learningRate * Math.sqrt(1 - beta2Power) / (1 - beta1Power));
}

/** One Adam update of four numbers, with L2 in the gradient; see `adamUpdate` of @sommelier/ncf for the formula. */
// @ts-expect-error: decorator
@inline
export function adamUpdate(weights: usize, first: usize, second: usize, gradient: v128, stepSize: v128, l2: v128): void {
  const w = v128.load(weights);
  const g = multiplyAdd(l2, w, gradient);
  const m = multiplyAdd(f32x4.splat(1 - BETA1), g, f32x4.mul(f32x4.splat(BETA1), v128.load(first)));
  const v = multiplyAdd(f32x4.mul(f32x4.splat(1 - BETA2), g), g, f32x4.mul(f32x4.splat(BETA2), v128.load(second)));
  v128.store(first, m);
  v128.store(second, v);
  const step = f32x4.div(f32x4.mul(stepSize, m), f32x4.add(f32x4.sqrt(v), f32x4.splat(EPSILON)));
  v128.store(weights, f32x4.sub(w, step));
}
