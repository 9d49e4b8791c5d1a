import { z } from 'zod';

export const presetSchema = z.enum(['fast', 'best', 'paper']);
export type Preset = z.infer<typeof presetSchema>;
export const DEFAULT_PRESET: Preset = 'fast';

interface PresetValues {
  readonly model: Readonly<Record<string, unknown>>;
  readonly training: Readonly<Record<string, unknown>>;
}

/**
 * What a preset sets; everything else keeps its own default. `fast` and `best` start the GMF branch from alternating
 * least squares and then train both branches together; `paper` is the network of He et al. 2017, section 4.1, with
 * 8 factors and without pre-training.
 */
export const PRESETS: Readonly<Record<Preset, PresetValues>> = {
  fast: {
    model: { factors: 96, layers: [64, 32, 16] },
    training: {
      pretraining: 'als',
      epochs: 3,
      patience: 1,
      batchSize: 4_096,
      learningRate: 0.0005,
      learningRateDecay: 0.5,
      negativesPerPositive: 4,
      l2: 3e-6,
    },
  },
  best: {
    model: { factors: 192, layers: [128, 64, 32] },
    training: {
      pretraining: 'als',
      epochs: 5,
      patience: 2,
      batchSize: 4_096,
      learningRate: 0.0005,
      learningRateDecay: 0.7,
      negativesPerPositive: 8,
      l2: 1e-5,
    },
  },
  paper: {
    model: { factors: 8, layers: [64, 32, 16, 8] },
    training: {
      pretraining: 'none',
      epochs: 20,
      patience: 5,
      batchSize: 256,
      learningRate: 0.001,
      learningRateDecay: 1,
      negativesPerPositive: 4,
      l2: 0,
      strengthWeight: 'none',
    },
  },
};

/** Puts the preset's values under the keys that are given. What is not of the right shape is left to the schema. */
export function layOverPreset(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const given = input as Record<string, unknown>;
  const preset = presetSchema.safeParse(given.preset ?? DEFAULT_PRESET);
  if (!preset.success) return input;
  const values = PRESETS[preset.data];
  const under = (part: keyof PresetValues) => {
    const own = given[part] ?? {};
    return typeof own === 'object' && !Array.isArray(own) ? { ...values[part], ...own } : own;
  };
  return { ...given, preset: preset.data, model: under('model'), training: under('training') };
}
