import { readFileSync } from 'node:fs';

/** `simd`: the same results on every machine. `relaxed-simd`: fused multiply-add, faster where the machine has it. */
export type KernelBuild = 'simd' | 'relaxed-simd';

/** A module of nothing but a function with one relaxed operation: valid where the runtime has relaxed SIMD. */
const RELAXED_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  15,
  1,
  13,
  0,
  65,
  1,
  253,
  15,
  65,
  2,
  253,
  15,
  253,
  128,
  2,
  11,
);

export function supportsRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/**
 * Reads a compiled kernel; `generated/` lies beside `src/` and `dist/`.
 * @throws Error when it was not compiled.
 */
export function compileKernel(name: 'train' | 'als' | 'score', build: KernelBuild): WebAssembly.Module {
  const file = new URL(`../generated/${name}.${build}.wasm`, import.meta.url);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new Error(`the kernel ${name} (${build}) is not there; \`npm run build\` compiles it`, {
      cause: error,
    });
  }
  return new WebAssembly.Module(bytes);
}
